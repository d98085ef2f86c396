import { STATUS_CODES } from "node:http";
import type { Problem } from "../../protocol/problem";
import { apiHeaders, refuse } from "./reply";

/** A whole HTTP response with a problem, for a socket that has no response object; the connection ends with it. */
export function rawReply(problem: Problem, more: Readonly<Record<string, string>> = {}): string {
  const body = `${JSON.stringify(problem)}\n`;
  const headers = {
    ...apiHeaders,
    ...refuse(problem, more).headers,
    connection: "close",
    "content-length": String(Buffer.byteLength(body)),
    "content-type": "application/problem+json",
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const reason = STATUS_CODES[problem.status] ?? "Error";
  return `HTTP/1.1 ${problem.status} ${reason}\r\n${lines.join("\r\n")}\r\n\r\n${body}`;
}
