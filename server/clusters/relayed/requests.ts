import type { z } from "zod";
import { ACTOR_HEADER, DEADLINE_HEADER, REQUEST_ID_HEADER } from "../../../protocol/api";
import { type Problem, problem, problemSchema } from "../../../protocol/problem";
import type { HttpCall, HttpResult } from "../../consoles/console_http";
import { isTrouble, leavesDoubt, type Session, type Trouble } from "../../consoles/session";
import type { ActionContext } from "../cluster";
import { ANSWER_MARGIN_MS, READ_TIMEOUT_MS } from "./options";

/** A request to the cluster, below its path. */
export interface RelayedRequest {
  readonly method: HttpCall["method"];
  readonly path: string;
  readonly body?: unknown;
}

/** What an action carries; leadership and plans are not fenced by a view. */
export type RelayedContext = Omit<ActionContext, "fence"> & Partial<Pick<ActionContext, "fence">>;

/** What is asked of the cluster through its nodes' consoles. */
export class RelayedRequests {
  private readonly session: Session;
  /** Name of the cluster there; undefined until one answered. */
  private readonly cluster: () => string | undefined;

  constructor(session: Session, cluster: () => string | undefined) {
    this.session = session;
    this.cluster = cluster;
  }

  /** Passes a change on. A problem with code `outcome-unknown`: it may have been made; any other: it was not. */
  async change<T extends z.ZodType>(
    request: RelayedRequest,
    context: RelayedContext,
    schema: T,
  ): Promise<
    { readonly ok: true; readonly answer: z.output<T> } | { readonly ok: false; readonly problem: Problem }
  > {
    const { requestId, actor, timeoutMs, fence } = context;
    const path = this.pathOf(request.path);
    if (path === undefined) return { ok: false, problem: notHeard() };
    const headers: Record<string, string> = {
      [REQUEST_ID_HEADER]: requestId,
      [DEADLINE_HEADER]: String(timeoutMs),
      ...(actor === "" ? {} : { [ACTOR_HEADER]: encodeURIComponent(actor) }),
      ...(fence === undefined ? {} : { "if-match": `"${fence.epoch}:${fence.committedIndex}"` }),
    };
    const { method, body = {} } = request;
    const call = { method, headers, body, timeoutMs: timeoutMs + ANSWER_MARGIN_MS };
    const result = await this.session.send(call, path);
    if (result.kind === "answer" && result.status < 300) {
      const answer = schema.safeParse(result.body);
      if (answer.success) return { ok: true, answer: answer.data };
    }
    return { ok: false, problem: problemOf(result, requestId) };
  }

  /** Reads something, from another console where one does not answer. */
  async read<T extends z.ZodType>(path: string, schema: T): Promise<z.output<T> | Problem> {
    const whole = this.pathOf(path);
    if (whole === undefined) return notHeard();
    const found = await this.session.read(whole, schema);
    return isTrouble(found) ? readProblem(found) : found;
  }

  /** Ends the doubt about a request; asking twice does no harm. */
  async settle<T extends z.ZodType>(requestId: string, schema: T): Promise<z.output<T> | Problem> {
    const path = this.pathOf(`requests/${requestId}/settle`);
    if (path === undefined) return notHeard();
    const call = { method: "POST" as const, body: {}, timeoutMs: READ_TIMEOUT_MS + ANSWER_MARGIN_MS };
    const result = await this.session.send(call, path, true);
    if (result.kind === "answer") {
      const found = schema.safeParse(result.body);
      if (result.status < 300 && found.success) return found.data;
      const said = problemSchema.safeParse(result.body);
      if (said.success) return translated(said.data);
    }
    return unreachable("its consoles do not answer");
  }

  private pathOf(path: string): string | undefined {
    const cluster = this.cluster();
    return cluster === undefined ? undefined : `/api/clusters/${encodeURIComponent(cluster)}/${path}`;
  }
}

function notHeard(): Problem {
  return problem("not-ready", "No console of this cluster has answered yet; nothing was done.");
}

function unreachable(why: string): Problem {
  return problem("not-ready", `No console of this cluster can be asked: ${why}. Nothing was done.`);
}

function problemOf(result: HttpResult, requestId: string): Problem {
  const said = result.kind === "answer" ? problemSchema.safeParse(result.body).data : undefined;
  if (said !== undefined && said.code !== "internal") return translated(said);
  if (!leavesDoubt(result)) {
    return unreachable(
      result.kind === "answer" ? `what answers ${result.status} there is no console` : result.detail,
    );
  }
  const detail =
    "The node's console gave no answer to it; the change may have been applied. Do not repeat it.";
  return problem("outcome-unknown", detail, { requestId });
}

function readProblem(trouble: Trouble): Problem {
  return trouble.kind === "problem"
    ? translated(trouble.problem)
    : unreachable(trouble.text.replace(/\.$/, ""));
}

/** What a node's console refuses this one is no word about who asks here. */
function translated(said: Problem): Problem {
  switch (said.code) {
    case "unauthenticated":
    case "too-many-guesses":
    case "forbidden-origin":
    case "viewer-role":
    case "read-only":
      return problem("cluster-access", `The node's console lets this one not do that: ${said.detail}`);
    default:
      return said;
  }
}
