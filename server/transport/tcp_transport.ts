import { createServer, type Server, type Socket } from "node:net";
import { assert } from "../raft/assert";
import type { Message, NodeId } from "../raft/types";
import { Acceptor } from "./acceptor";
import { formatAddress } from "./address";
import { type Clock, systemClock } from "./clock";
import type { Closure } from "./closure";
import { ClosureLog } from "./closure_log";
import {
  DEFAULT_LIMITS,
  TICK_MS,
  type TransportContext,
  type TransportLimits,
  type TransportLog,
} from "./context";
import { type PeerCounters, Tally, type TransportCounters } from "./counters";
import { SECRET_BYTES_MIN } from "./handshake";
import { identityFault } from "./identity";
import { PeerLink } from "./peer_link";
import { unsent } from "./request_ledger";
import type { PeerIdentity, RequestFault, Transport, TransportHandler } from "./types";

/** Where to listen, and what a test or a simulation may replace. */
export interface ListenOptions {
  /** An address of this machine, or a name that resolves to one. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly limits?: Partial<TransportLimits>;
  readonly log?: TransportLog;
  readonly clock?: Clock;
  /** Uniform in [0, 1); only spreads redials. */
  readonly random?: () => number;
}

/** Why a node cannot listen for its peers. */
export interface ListenFault {
  readonly kind: "address-in-use" | "address-not-here" | "not-permitted" | "cannot-listen";
  readonly address: string;
  readonly detail: string;
}

const FAULTS: Readonly<Record<string, ListenFault["kind"]>> = {
  EADDRINUSE: "address-in-use",
  EADDRNOTAVAIL: "address-not-here",
  EACCES: "not-permitted",
};
const BACKLOG = 128;
const SHUTDOWN: Closure = { code: "shutdown", detail: "this node stops" };
const RETIRED: Closure = { code: "retired", detail: "it is no longer a peer" };

interface Running {
  readonly context: TransportContext;
  readonly acceptor: Acceptor;
}

/**
 * Raft over TCP. Each node dials each of its peers and sends on that connection; answers come back on the connection their
 * request went out on. Life: listen() binds the port; setIdentity() says who this node is, which may depend on that port;
 * start() begins to accept and to dial; close() ends it.
 */
export class TcpTransport implements Transport {
  readonly address: string;
  readonly #server: Server;
  readonly #options: ListenOptions;
  readonly #clock: Clock;
  readonly #tally = new Tally();
  readonly #links = new Map<NodeId, PeerLink>();
  readonly #heardMs = new Map<NodeId, number>();
  #identity: { readonly identity: PeerIdentity; readonly secret: Uint8Array } | undefined;
  #running: Running | undefined;
  #cancelTick: () => void = () => undefined;
  #closing: Promise<void> | undefined;

  private constructor(server: Server, address: string, options: ListenOptions) {
    this.#server = server;
    this.address = address;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    server.on("connection", (socket) => this.#onConnection(socket));
    // After binding, an error concerns one connection that could not be accepted (no file descriptors left); it is not fatal.
    server.on("error", (error) => this.#log("warn", `cannot accept connections: ${error.message}`));
  }

  /** Binds the port. A connection that comes before start() is closed; peers try again. Never rejects. */
  static listen(options: ListenOptions): Promise<TcpTransport | ListenFault> {
    const wanted = formatAddress(options);
    if (!Number.isInteger(options.port) || options.port < 0 || options.port > 65_535)
      return Promise.resolve({ kind: "cannot-listen", address: wanted, detail: "a port is 0 to 65535" });
    const server = createServer();
    return new Promise((resolve) => {
      const onError = (error: NodeJS.ErrnoException) => {
        const kind = FAULTS[error.code ?? ""] ?? "cannot-listen";
        resolve({ kind, address: wanted, detail: error.message });
      };
      server.once("error", onError);
      server.listen({ host: options.host, port: options.port, backlog: BACKLOG }, () => {
        server.off("error", onError);
        const bound = server.address();
        assert(bound !== null && typeof bound === "object", "a listening TCP server has an address");
        const address = formatAddress({ host: bound.address, port: bound.port });
        resolve(new TcpTransport(server, address, options));
      });
    });
  }

  /** Who this node is and the cluster's secret, at least 16 bytes. Before start(); the last call counts. Throws on an identity no peer would read. */
  setIdentity(identity: PeerIdentity, secret: Uint8Array): void {
    assert(this.#running === undefined, "the identity is set before start()");
    const fault = identityFault(identity);
    assert(fault === undefined, () => `not an identity: ${fault}`);
    assert(secret.length >= SECRET_BYTES_MIN, `a secret has at least ${SECRET_BYTES_MIN} bytes`);
    this.#identity = { identity, secret };
  }

  start(handler: TransportHandler): void {
    assert(this.#running === undefined && this.#closing === undefined, "start() comes once");
    const who = this.#identity;
    assert(who !== undefined, "setIdentity() comes before start()");
    const log: TransportLog = (level, text) => this.#log(level, text);
    const closures = new ClosureLog(this.#clock, log);
    const context: TransportContext = {
      ...who,
      handler,
      limits: { ...DEFAULT_LIMITS, ...this.#options.limits },
      clock: this.#clock,
      tally: this.#tally,
      random: this.#options.random ?? Math.random,
      log,
      logClosure: (name, closure) => closures.note(name, closure),
      later: (run) => {
        setImmediate(run);
      },
      tell: (run) => {
        setImmediate(() => {
          if (this.#closing === undefined) run(handler);
        });
      },
      heard: (id) => this.#heardMs.set(id, this.#clock.now()),
    };
    const acceptor = new Acceptor(context, (peer) => {
      handler.onPeer(peer);
      this.#links.get(peer.nodeId)?.hint();
    });
    this.#running = { context, acceptor };
    this.#scheduleTick();
  }

  /** Also asks handler.judge again about every open connection, and closes those it no longer accepts, telling the peer. */
  setPeers(peers: ReadonlyMap<NodeId, string>): void {
    if (this.#closing !== undefined) return;
    assert(this.#running !== undefined, "start() comes before setPeers()");
    const { context, acceptor } = this.#running;
    for (const [id, link] of this.#links) {
      if (peers.has(id)) continue;
      this.#links.delete(id);
      void link.retire(RETIRED);
    }
    for (const [id, address] of peers) {
      if (id === context.identity.nodeId) continue;
      const link = this.#links.get(id);
      if (link !== undefined) link.readdress(address);
      else this.#links.set(id, new PeerLink(id, address, context, (peer) => context.handler.onPeer(peer)));
    }
    for (const id of this.#heardMs.keys())
      if (!this.#links.has(id) && !acceptor.hasSession(id)) this.#heardMs.delete(id);
    context.tell(() => {
      acceptor.judgeAgain();
      for (const link of this.#links.values()) link.judgeAgain();
    });
  }

  send(messages: readonly Message[]): void {
    for (const message of messages) {
      const link = this.#links.get(message.to);
      if (link !== undefined) link.send(message);
      else this.#dropStray(message);
    }
  }

  sendReport(report: Uint8Array, to?: ReadonlySet<NodeId>): void {
    for (const [id, link] of this.#links) if (to?.has(id) ?? true) link.sendReport(report);
  }

  request(
    to: NodeId,
    body: Uint8Array,
    timeoutMs: number,
    done: (answer: Uint8Array | RequestFault) => void,
  ): void {
    const link = this.#links.get(to);
    if (link !== undefined) link.request(body, timeoutMs, done);
    else setImmediate(() => done(unsent(`node ${to} is not a peer`)));
  }

  lastHeardMs(id: NodeId): number | undefined {
    const heardMs = this.#heardMs.get(id);
    return heardMs === undefined ? undefined : this.#clock.now() - heardMs;
  }

  /** What the transport did so far, for metrics. */
  counters(): TransportCounters {
    const { dropped, closed, ...counts } = this.#tally;
    const peers = new Map<NodeId, PeerCounters>();
    for (const [id, link] of this.#links) {
      const { bytes, frames } = link.pending;
      peers.set(id, {
        dialed: link.isOpen,
        accepted: this.#running?.acceptor.hasSession(id) ?? false,
        pendingBytes: bytes,
        pendingFrames: frames,
        lastHeardMs: this.lastHeardMs(id),
      });
    }
    return {
      ...counts,
      dropped: { ...dropped },
      closed: { ...closed },
      strangers: this.#running?.acceptor.strangers ?? 0,
      peers,
    };
  }

  /** Stops listening, lets open connections write what waits (half a second at most) and closes them. Requests under way fail. A second call waits for the first. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const stopped = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#cancelTick();
    const retired = [...this.#links.values()].map((link) => link.retire(SHUTDOWN));
    this.#links.clear();
    await Promise.all([...retired, this.#running?.acceptor.close(SHUTDOWN), stopped]);
  }

  #onConnection(socket: Socket): void {
    if (this.#running !== undefined && this.#closing === undefined) {
      this.#running.acceptor.accept(socket);
      return;
    }
    this.#tally.countClosed("not-started");
    socket.on("error", () => undefined);
    socket.destroy();
  }

  /** One tick arms the next, so ticks missed while the process stood still are not made up for. */
  #scheduleTick(): void {
    this.#cancelTick = this.#clock.after(TICK_MS, () => {
      this.#scheduleTick();
      this.#running?.acceptor.tick();
      for (const link of this.#links.values()) link.tick();
    });
  }

  #dropStray(message: Message): void {
    this.#tally.dropped["no-such-peer"]++;
    if (message.type === "snap")
      this.#running?.context.tell((handler) => handler.onSnapshotSent(message.to, false));
  }

  #log(level: "info" | "warn", text: string): void {
    this.#options.log?.(level, text);
  }
}
