import type { ServerResponse } from "node:http";
import type { ChangedAnswer } from "../../protocol/api";
import { etagOf } from "../../protocol/membership";
import type { Problem } from "../../protocol/problem";

/** What a route answers with. `body` undefined: none. */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** A problem's media type in place of plain JSON. */
  readonly problem?: Problem;
  /** In place of a body: text, with its media type. */
  readonly text?: { readonly type: string; readonly text: string };
}

/** An answer of the API that went well. */
export function json(body: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status: 200, body, headers };
}

/** An applied change, with the fence of the view it led to. */
export function changed(answer: ChangedAnswer): Reply {
  return json(answer, { etag: etagOf(answer.membership) });
}

/** The one way from a problem to a response. */
export function refuse(problem: Problem, headers: Readonly<Record<string, string>> = {}): Reply {
  const retry: Record<string, string> =
    problem.status === 503 || problem.status === 429 ? { "retry-after": "1" } : {};
  const etag: Record<string, string> =
    problem.membership === undefined ? {} : { etag: etagOf(problem.membership) };
  return { status: problem.status, body: problem, problem, headers: { ...retry, ...etag, ...headers } };
}

/** Headers of everything the API says: never kept, never sniffed, never framed. */
export const apiHeaders: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** Sends a reply; for HEAD without its body. */
export function send(response: ServerResponse, reply: Reply): void {
  const headers: Record<string, string | number> = { ...apiHeaders, ...reply.headers };
  if (reply.body === undefined && reply.text === undefined) {
    response.writeHead(reply.status, headers).end();
    return;
  }
  const bytes = Buffer.from(reply.text?.text ?? `${JSON.stringify(reply.body)}\n`);
  headers["content-type"] =
    reply.text?.type ?? (reply.problem === undefined ? "application/json" : "application/problem+json");
  headers["content-length"] = bytes.length;
  response.writeHead(reply.status, headers).end(bytes);
}
