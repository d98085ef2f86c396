import { connect, createServer, type Server, type Socket } from "node:net";

/** Bytes that wait in a delayed direction before its source is no longer read. */
const DELAYED_BYTES_MAX = 1_024 * 1_024;

/** What the proxy does with its connections. */
export type ProxyMode = "forward" | "pause" | "cut";

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
}

/**
 * A TCP link between two processes that a test can freeze, delay and cut. It listens on loopback and connects each client to
 * the target.
 */
export class TcpProxy {
  /** host:port to give to whoever shall reach the target through this proxy. */
  readonly address: string;
  readonly port: number;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #target: { readonly host: string; readonly port: number };
  #mode: ProxyMode = "forward";
  /** What fell due while paused, in order. */
  #held: (() => void)[] = [];
  #delayMs = 0;

  private constructor(
    server: Server,
    host: string,
    port: number,
    target: { readonly host: string; readonly port: number },
  ) {
    this.#server = server;
    this.#target = target;
    this.port = port;
    this.address = `${host}:${port}`;
    server.on("connection", (client) => this.#onClient(client));
  }

  /** Listens on `port`, any free one when 0, of a loopback address. Rejects if it is taken. */
  static listen(
    target: { readonly host: string; readonly port: number },
    port = 0,
    host = "127.0.0.1",
  ): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true });
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port }, () => {
        server.off("error", reject);
        const bound = server.address();
        if (bound === null || typeof bound === "string") reject(new Error("not bound to a TCP port"));
        else resolve(new TcpProxy(server, host, bound.port, target));
      });
    });
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#pairs.size;
  }

  /** Where new connections lead from now on. */
  set target(target: { readonly host: string; readonly port: number }) {
    this.#target = target;
  }

  /** Stops forwarding, both ways. Connections stay open, new ones too, and nothing is lost: a network that hangs. */
  pause(): void {
    this.#mode = "pause";
    for (const { client, upstream } of this.#pairs) {
      client.pause();
      upstream.pause();
    }
  }

  /** Resets every connection, and every new one at once: a network that refuses. */
  cut(): void {
    this.#mode = "cut";
    for (const { client, upstream } of this.#pairs) {
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    }
  }

  /** Bytes read from now on arrive this much later, in order. 0: at once. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** Forwards again. The delay stays as it is. */
  resume(): void {
    this.#mode = "forward";
    for (const run of this.#held.splice(0)) run();
    for (const { client, upstream } of this.#pairs) {
      client.resume();
      upstream.resume();
    }
  }

  /** Resets all connections and gives the port back. */
  close(): Promise<void> {
    this.cut();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #onClient(client: Socket): void {
    client.on("error", () => undefined);
    if (this.#mode === "cut") {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({ ...this.#target, allowHalfOpen: true });
    upstream.on("error", () => undefined);
    const pair = { client, upstream };
    this.#pairs.add(pair);
    this.#forward(client, upstream);
    this.#forward(upstream, client);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const)
      one.on("close", (hadError) => {
        this.#pairs.delete(pair);
        if (hadError) other.resetAndDestroy();
      });
    if (this.#mode === "pause") {
      client.pause();
      upstream.pause();
    }
  }

  #forward(from: Socket, to: Socket): void {
    let delayedBytes = 0;
    let newestDueMs = 0;
    const readOn = () => {
      if (this.#mode === "forward" && delayedBytes < DELAYED_BYTES_MAX && !to.writableNeedDrain)
        from.resume();
    };
    /** Runs after the delay, and never before what was deferred earlier. */
    const deferred = (run: () => void) => {
      const now = performance.now();
      newestDueMs = Math.max(newestDueMs, now + this.#delayMs);
      if (newestDueMs <= now && this.#held.length === 0) this.#runOrHold(run);
      else setTimeout(() => this.#runOrHold(run), Math.max(newestDueMs - now, 0));
    };
    from.on("data", (chunk: Buffer) => {
      delayedBytes += chunk.length;
      deferred(() => {
        delayedBytes -= chunk.length;
        if (!to.destroyed) to.write(chunk);
        readOn();
      });
      if (delayedBytes >= DELAYED_BYTES_MAX || to.writableNeedDrain) from.pause();
    });
    from.on("end", () => deferred(() => to.end()));
    to.on("drain", readOn);
  }

  #runOrHold(run: () => void): void {
    if (this.#mode === "pause") this.#held.push(run);
    else run();
  }
}
