import type { IncomingMessage } from "node:http";
import { problem } from "../../protocol/problem";
import { accepted, type Checked, rejected } from "./checked";
import { BODY_BYTES_MAX, DISCARD_BYTES_MAX } from "./limits";

/**
 * Reads a request's JSON body, at most 64 KiB. An absent body reads as `{}`, so that actions without fields need none. What is too large
 * is read on for a while and dropped, or the client would see a reset connection in place of the refusal.
 */
export async function readBody(request: IncomingMessage): Promise<Checked<unknown>> {
  const bytes = await collect(request);
  if (bytes === "too-large") {
    return rejected(problem("too-large", `A body has at most ${BODY_BYTES_MAX} bytes here.`));
  }
  if (bytes === "cut-off") return rejected(problem("malformed-request", "The body ended early."));
  if (bytes.length === 0) return accepted({});
  const wrong = typeProblem(request);
  if (wrong !== undefined) return rejected(wrong);
  return parse(bytes);
}

function typeProblem(request: IncomingMessage) {
  const type = (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    const said = type === "" ? "none" : JSON.stringify(type);
    return problem("unsupported-media-type", `The content type must be application/json, it is ${said}.`);
  }
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding === "identity") return undefined;
  return problem("unsupported-media-type", `Bodies in ${JSON.stringify(encoding)} are not read here.`);
}

function parse(bytes: Buffer): Checked<unknown> {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return accepted(JSON.parse(text) as unknown);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return rejected(problem("malformed-request", `The body is not JSON: ${detail}`));
  }
}

function collect(request: IncomingMessage): Promise<Buffer | "too-large" | "cut-off"> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= BODY_BYTES_MAX) chunks.push(chunk);
      else chunks.length = 0;
      if (size > BODY_BYTES_MAX + DISCARD_BYTES_MAX) {
        request.pause();
        resolve("too-large");
      }
    });
    request.on("end", () => resolve(size > BODY_BYTES_MAX ? "too-large" : Buffer.concat(chunks)));
    request.on("close", () => resolve("cut-off"));
    request.on("error", () => resolve("cut-off"));
  });
}
