import { WebSocket } from "ws";
import { type ServerFrame, serverFrameSchema } from "../../../protocol/frames";

/** A browser's side of the stream: keeps what it is told, and waits for what the test needs. */
export class Listener {
  readonly socket: WebSocket;
  readonly frames: ServerFrame[] = [];
  /** Close code and reason, once closed. */
  readonly closed: Promise<readonly [number, string]>;
  /** Whether frames are held against their schemas, which takes a while for very large ones. */
  strict = true;
  private waiting: (() => void)[] = [];

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data) => {
      const frame = JSON.parse(String(data)) as ServerFrame;
      this.frames.push(this.strict ? serverFrameSchema.parse(frame) : frame);
      for (const wake of this.waiting.splice(0)) wake();
    });
    socket.on("error", () => {});
    this.closed = new Promise((resolve) => {
      socket.on("close", (code, reason) => resolve([code, reason.toString("utf8")]));
    });
  }

  /** The first frame that matches, among those that came and those that will. */
  async frame<T extends ServerFrame>(matches: (frame: ServerFrame) => frame is T): Promise<T>;
  async frame(matches: (frame: ServerFrame) => boolean): Promise<ServerFrame>;
  async frame(matches: (frame: ServerFrame) => boolean): Promise<ServerFrame> {
    for (;;) {
      const found = this.frames.find(matches);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }
}

/** How an upgrade ended that led to no stream. */
export interface Refused {
  readonly status: number;
  readonly text: string;
}

/** Opens a stream, or tells why there is none. */
export function openStream(
  gateway: { readonly host: string; readonly port: number },
  path = "/ws?cluster=local",
  headers: Readonly<Record<string, string>> = {},
): Promise<Listener | Refused> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://${gateway.host}:${gateway.port}${path}`, { headers });
    const listener = new Listener(socket);
    socket.on("open", () => resolve(listener));
    socket.on("unexpected-response", (_, response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") });
      });
    });
    socket.on("error", reject);
  });
}

/** Opens a stream; throws where there is none. */
export async function listen(...parameters: Parameters<typeof openStream>): Promise<Listener> {
  const opened = await openStream(...parameters);
  if (opened instanceof Listener) return opened;
  throw new Error(`no stream: ${opened.status} ${opened.text}`);
}
