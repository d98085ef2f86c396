import { request } from "node:http";
import { connect } from "node:net";
import { type Problem, problemSchema } from "../../../protocol/problem";
import { type Gateway, type GatewayOptions, startGateway } from "../gateway";

/** Starts a real gateway, on a free port unless one is given; throws where it does not start. */
export async function openGateway(
  options: Omit<GatewayOptions, "port"> & { readonly port?: number },
): Promise<Gateway> {
  const gateway = await startGateway({ port: 0, actor: "tester", ...options });
  if (gateway.kind !== "gateway") throw new Error(gateway.message);
  return gateway;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  /** The body as JSON. Throws where it is none. */
  json(): unknown;
  /** The body as a problem of the catalogue whose status is the response's. Throws where it is none. */
  problem(): Problem;
}

export interface Question {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Strings and buffers go as they are, anything else as JSON. */
  readonly body?: unknown;
}

/** Asks a gateway over HTTP, with any headers whatever. */
export function ask(
  gateway: { readonly host: string; readonly port: number },
  question: Question,
): Promise<Answer> {
  const { method = "GET", path, body } = question;
  const raw = typeof body === "string" || Buffer.isBuffer(body);
  const payload = body === undefined ? undefined : raw ? body : JSON.stringify(body);
  const own: Record<string, string> =
    payload === undefined
      ? {}
      : { "content-type": "application/json", "content-length": String(Buffer.byteLength(payload)) };
  return new Promise((resolve, reject) => {
    const { host, port } = gateway;
    const headers = { ...own, ...question.headers };
    const outgoing = request({ host, port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve(toAnswer(response.statusCode ?? 0, flat(response.headers), text));
      });
    });
    outgoing.on("error", reject);
    outgoing.end(payload);
  });
}

function flat(headers: NodeJS.Dict<string | string[]>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

function toAnswer(status: number, headers: Answer["headers"], text: string): Answer {
  return {
    status,
    headers,
    text,
    json: () => JSON.parse(text) as unknown,
    problem() {
      if (headers["content-type"] !== "application/problem+json")
        throw new Error(`no problem: ${status} ${text}`);
      const found = problemSchema.parse(JSON.parse(text));
      if (found.status !== status) throw new Error(`status ${status}, but the problem says ${found.status}`);
      return found;
    },
  };
}

/** Sends bytes as they are and collects what comes back until the other side ends. */
export function sayRaw(
  gateway: { readonly host: string; readonly port: number },
  bytes: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(gateway.port, gateway.host);
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("error", reject);
    socket.on("close", () => resolve(Buffer.concat(chunks).toString("utf8")));
    socket.end(bytes);
  });
}
