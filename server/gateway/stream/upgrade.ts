import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { type Problem, problem } from "../../../protocol/problem";
import type { Timers } from "../../clusters/timers";
import { type Caller, tooManyGuesses, unauthenticated } from "../access";
import type { Console } from "../console";
import { STREAM_CLIENTS_MAX, STREAM_MESSAGE_BYTES_MAX } from "../limits";
import { rawReply } from "../raw_reply";
import { splitTarget } from "../target";
import type { Trust } from "../trust";
import { StreamHub } from "./stream_hub";

interface Admitted {
  readonly hub: StreamHub;
  readonly caller: Caller;
}

/** Refused for a time that a header tells. */
interface Waiting {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;
}

/** The streams of every cluster. Whoever may not have one is turned away before anything is allocated for it. */
export class Streams {
  private readonly console: Console;
  private readonly trust: Trust;
  private readonly hubs: ReadonlyMap<string, StreamHub>;
  private readonly server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: STREAM_MESSAGE_BYTES_MAX,
    clientTracking: false,
  });
  private closing = false;

  constructor(console: Console, trust: Trust, timers: Timers) {
    this.console = console;
    this.trust = trust;
    console.metrics.streams = () => this.size;
    this.server.on("wsClientError", (error, socket) => {
      socket.end(
        rawReply(problem("malformed-request", `This is no WebSocket handshake: ${error.message}.`)),
        () => socket.destroy(),
      );
    });
    this.hubs = new Map(
      [...console.clusters].map(([name, cluster]) => [name, new StreamHub(console, cluster, timers)]),
    );
  }

  get size(): number {
    let size = 0;
    for (const hub of this.hubs.values()) size += hub.size;
    return size;
  }

  /** Answers an upgrade: with a stream, or over plain HTTP with the reason why not. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    const admitted = this.admit(request);
    if ("hub" in admitted) {
      const { hub, caller } = admitted;
      this.server.handleUpgrade(request, socket, head, (stream) => hub.join(stream, caller));
      return;
    }
    const reply = "problem" in admitted ? rawReply(admitted.problem, admitted.headers) : rawReply(admitted);
    socket.end(reply, () => socket.destroy());
  }

  /** Sends every client away, and takes no new one. */
  close(): void {
    this.closing = true;
    for (const hub of this.hubs.values()) hub.close();
  }

  /** Cuts whoever is still there. */
  terminate(): void {
    for (const hub of this.hubs.values()) hub.terminate();
  }

  private admit(request: IncomingMessage): Admitted | Problem | Waiting {
    const { headers, method, url = "" } = request;
    const foreign = this.trust.checkHost(request) ?? this.trust.checkOrigin(headers);
    if (foreign !== undefined) return foreign;
    const heard = this.console.access.hear(headers, request.socket.remoteAddress ?? "");
    if (heard.kind === "wait") {
      const { problem: waiting, retryAfter } = tooManyGuesses(heard.ms);
      return { problem: waiting, headers: { "retry-after": retryAfter } };
    }
    if (heard.kind === "nobody") return unauthenticated();
    const { caller } = heard;
    if ((headers.upgrade ?? "").toLowerCase() !== "websocket" || method !== "GET") {
      return problem("malformed-request", "The only upgrade offered here is GET /ws to a WebSocket.");
    }
    const target = splitTarget(url, this.console.basePath);
    if (target?.path !== "/ws") return problem("not-found", "The stream is at /ws?cluster=NAME.");
    const names = target.query.getAll("cluster");
    const hub = names.length === 1 ? this.hubs.get(names[0] ?? "") : undefined;
    if (hub === undefined) {
      const known = [...this.hubs.keys()].join(", ") || "none";
      return problem("not-found", `The stream is at /ws?cluster=NAME; clusters here: ${known}.`);
    }
    if (this.closing) return problem("not-ready", "This console is stopping.");
    if (this.size < STREAM_CLIENTS_MAX) return { hub, caller };
    return problem("too-many-requests", `${STREAM_CLIENTS_MAX} streams are open already. Close a page.`);
  }
}
