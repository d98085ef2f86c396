import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { type ChannelTls, tlsOptions } from "../rpc/tls";

/** Answers longer than this (bytes) are cut off and count as none. */
const answerBytesMax = 32 * 1024 * 1024;
/** A console that has not taken the connection within this long (ms) is not there, however long its answer may take. */
const connectMsMax = 5000;

/** One request to a console. `timeoutMs`: until its answer is there whole, connecting included. */
export interface HttpCall {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Absolute URL. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly timeoutMs: number;
  /** For https; absent: the system's certificates are trusted. */
  readonly tls?: ChannelTls | undefined;
}

/**
 * How a request ended. `unsent`: no connection, so certainly nothing was done; `unanswered`: it went out and no whole answer came
 * back, so it may have been done.
 */
export type HttpResult =
  | { readonly kind: "answer"; readonly status: number; readonly body: unknown }
  | { readonly kind: "unsent" | "unanswered"; readonly detail: string };

/** One HTTP request with JSON in and out. Never rejects. */
export function callHttp(call: HttpCall): Promise<HttpResult> {
  return new Promise<HttpResult>((resolve) => {
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const headers: Record<string, string> = { accept: "application/json", ...call.headers };
    if (body !== undefined) headers["content-type"] = "application/json";
    if (body !== undefined) headers["content-length"] = String(Buffer.byteLength(body));
    const secure = call.url.startsWith("https:");
    const start = secure ? requestHttps : requestHttp;
    let connected = false;
    const fail = (detail: string) => resolve({ kind: connected ? "unanswered" : "unsent", detail });
    const options = { ...tlsOptions(call.tls), method: call.method, headers, agent: false };
    const request = start(call.url, options, (response) => {
      const pieces: Buffer[] = [];
      let bytes = 0;
      response.on("data", (piece: Buffer) => {
        pieces.push(piece);
        bytes += piece.length;
        if (bytes > answerBytesMax) response.destroy(new Error("the answer is too long"));
      });
      response.on("error", (error) => fail(error.message));
      response.on("aborted", () => fail("the connection broke"));
      response.on("end", () => {
        const text = Buffer.concat(pieces).toString("utf8");
        resolve({ kind: "answer", status: response.statusCode ?? 0, body: parseJson(text) });
      });
    });
    const endIn = (ms: number, what: string) =>
      setTimeout(() => request.destroy(new Error(`no ${what} within ${ms / 1000} s`)), ms);
    const timer = endIn(call.timeoutMs, "answer");
    const connecting = endIn(connectMsMax, "connection");
    request.on("socket", (socket) => {
      // Over TLS nothing is sent before the other side has shown who it is.
      socket.once(secure ? "secureConnect" : "connect", () => {
        connected = true;
        clearTimeout(connecting);
      });
    });
    request.on("error", (error) => fail(reasonOf(error)));
    request.on("close", () => {
      clearTimeout(timer);
      clearTimeout(connecting);
    });
    request.end(body);
  }).catch((error: unknown) => ({ kind: "unsent", detail: String(error) }));
}

function reasonOf(error: Error): string {
  const code = "code" in error ? error.code : undefined;
  if (code === "ECONNREFUSED") return "nothing listens there";
  if (code === "ECONNRESET") return "the connection broke";
  if (code === "ENOTFOUND") return "there is no such host";
  return error.message;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
