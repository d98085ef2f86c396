import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { userInfo } from "node:os";
import { problem } from "../../protocol/problem";
import type { Cluster, ProcessHost } from "../clusters/cluster";
import { systemTimers, type Timers } from "../clusters/timers";
import { Access, type Credential } from "./access";
import type { Console } from "./console";
import {
  ACTIONS_MAX,
  CONNECTIONS_MAX,
  DRAIN_MS,
  HEADER_BYTES_MAX,
  HEADERS_TIMEOUT_MS,
  IDLE_MS,
  KEEP_ALIVE_MS,
  REQUEST_TIMEOUT_MS,
} from "./limits";
import type { Logger } from "./log";
import { Metrics } from "./metrics";
import { Pages } from "./pages";
import { rawReply } from "./raw_reply";
import { RequestHandler } from "./request_handler";
import { Router } from "./router";
import { apiTable } from "./routes";
import { Slots } from "./slots";
import { Streams } from "./stream/upgrade";
import { bracketed, isLoopbackHost, Trust } from "./trust";

/** What a console serves, and where. */
export interface GatewayOptions {
  readonly clusters: readonly Cluster[];
  /** Runs processes of this machine; only under `rollcall up`. */
  readonly machine?: ProcessHost;
  /** Address to listen on; 127.0.0.1 when absent. Beyond loopback only with credentials. */
  readonly host?: string;
  /** 0: any free one. */
  readonly port: number;
  /** Folder of the built page. Without it the API works and "/" says how to build. */
  readonly pages?: string;
  /** Who actions are recorded for; the operating system's user when absent. */
  readonly actor?: string;
  readonly readOnly?: boolean;
  /** Tokens of those who may look or change; none: whoever reaches the console is an operator. */
  readonly credentials?: readonly Credential[];
  /** Lets operators force a change that loses quorum. */
  readonly allowUnsafe?: boolean;
  /** Where a proxy serves this console, e.g. "https://ops.example.com/rollcall"; its path is the base path. */
  readonly publicUrl?: string;
  /** Where it is mounted, e.g. "/rollcall"; that of `publicUrl` when absent. */
  readonly basePath?: string;
  /** Further `host:port` requests may be addressed to, and origins whose pages may act. */
  readonly trustedHosts?: readonly string[];
  readonly trustedOrigins?: readonly string[];
  /** The program's version; "0.0.0" when absent. */
  readonly version?: string;
  readonly log?: Logger;
  readonly timers?: Timers;
}

/** A console that listens. */
export interface Gateway {
  readonly kind: "gateway";
  /** Where its page is, e.g. "http://127.0.0.1:7400". */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Streams open now. */
  readonly streams: number;
  /** Takes nothing new, sends streams away (1001), lets requests end; at most 3 s. A second call waits for the first. */
  close(): Promise<void>;
}

/** Why a console does not listen: one clear sentence in `message`. */
export interface GatewayFault {
  readonly kind: "port-in-use" | "no-such-address" | "not-permitted" | "needs-credentials" | "io";
  readonly message: string;
}

/** Starts a console. A fault is answered, not thrown. */
export async function startGateway(options: GatewayOptions): Promise<Gateway | GatewayFault> {
  const host = options.host ?? "127.0.0.1";
  const wanting = credentialsFault(host, options.credentials);
  if (wanting !== undefined) return wanting;
  const basePath = options.basePath ?? basePathOf(options.publicUrl);
  const pages = readPages(options.pages, basePath);
  if (pages !== undefined && "kind" in pages) return pages;
  const server = createServer({
    maxHeaderSize: HEADER_BYTES_MAX,
    requireHostHeader: false,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: 2000,
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.timeout = IDLE_MS;
  const fault = await listen(server, host, options.port);
  if (fault !== undefined) return fault;
  const { port } = server.address() as AddressInfo;
  return new RunningGateway(options, host, server, toConsole(options, port, basePath), pages);
}

/** Beyond loopback whoever reaches the console must show who he is. */
export function credentialsFault(
  host: string,
  credentials: readonly Credential[] = [],
): GatewayFault | undefined {
  if (isLoopbackHost(host) || credentials.length > 0) return undefined;
  const message = `Listening on ${host} needs credentials, or anybody who reaches it could act: give an operator's token in ROLLCALL_OPERATOR_TOKEN or --operator-token-file, a viewer's likewise, or listen on 127.0.0.1.`;
  return { kind: "needs-credentials", message };
}

/** "/rollcall" of "https://ops.example.com/rollcall/"; "" of none. */
function basePathOf(publicUrl: string | undefined): string {
  return publicUrl === undefined ? "" : new URL(publicUrl).pathname.replace(/\/+$/, "");
}

class RunningGateway implements Gateway {
  readonly kind = "gateway";
  readonly host: string;
  readonly port: number;
  readonly url: string;
  private readonly server: Server;
  private readonly handler: RequestHandler;
  private readonly streamsOf: Streams;
  private closed: Promise<void> | undefined;

  constructor(
    options: GatewayOptions,
    host: string,
    server: Server,
    console: Console,
    pages: Pages | undefined,
  ) {
    this.host = host;
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
    this.url = `http://${bracketed(host)}:${this.port}${console.basePath}`;
    const { trustedHosts: hosts, trustedOrigins: origins, publicUrl } = options;
    const publicOrigin = publicUrl === undefined ? undefined : new URL(publicUrl).origin;
    const trust = new Trust({ listenHost: host, hosts, origins, publicOrigin }, this.port);
    const router = new Router(apiTable);
    this.handler = new RequestHandler(console, router, trust, pages);
    this.streamsOf = new Streams(console, trust, options.timers ?? systemTimers);
    server.on("request", (request, response) => void this.handler.handle(request, response));
    // An expectation that nobody here knows is no reason to answer otherwise than in the catalogue.
    server.on("checkExpectation", (request, response) => void this.handler.handle(request, response));
    server.on("connect", (_, socket) => {
      const refused = problem("method-not-allowed", "This console is no proxy.");
      socket.end(rawReply(refused), () => socket.destroy());
    });
    server.on("upgrade", (request, socket, head) => this.streamsOf.upgrade(request, socket, head));
    server.on("clientError", answerBroken);
    server.on("error", (error) => console.log("error", "the server failed", { reason: error.message }));
  }

  get streams(): number {
    return this.streamsOf.size;
  }

  close(): Promise<void> {
    this.closed ??= this.drain();
    return this.closed;
  }

  private async drain(): Promise<void> {
    this.handler.draining = true;
    const ended = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.streamsOf.close();
    this.server.closeIdleConnections();
    const cut = setTimeout(() => {
      this.streamsOf.terminate();
      this.server.closeAllConnections();
    }, DRAIN_MS);
    await ended;
    clearTimeout(cut);
  }
}

function readPages(directory: string | undefined, basePath: string): Pages | GatewayFault | undefined {
  if (directory === undefined) return undefined;
  try {
    return Pages.read(directory, basePath);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { kind: "io", message: `The page in ${directory} cannot be read: ${detail}.` };
  }
}

function toConsole(options: GatewayOptions, port: number, basePath: string): Console {
  const access = new Access({
    credentials: options.credentials ?? [],
    actor: options.actor ?? operatingSystemUser(),
    port,
    basePath,
    secure: options.publicUrl?.startsWith("https:") === true,
    clock: () => (options.timers ?? systemTimers).now(),
  });
  return {
    clusters: new Map(options.clusters.map((cluster) => [cluster.name, cluster])),
    machine: options.machine,
    access,
    readOnly: options.readOnly ?? false,
    allowUnsafe: options.allowUnsafe ?? false,
    basePath,
    version: options.version ?? "0.0.0",
    actions: new Slots(ACTIONS_MAX),
    metrics: new Metrics(),
    log: options.log ?? (() => {}),
  };
}

/** The name of the user this process runs as. */
export function operatingSystemUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without an entry in the user database, as in some containers.
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}

function listen(server: Server, host: string, port: number): Promise<GatewayFault | undefined> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException) => resolve(toFault(error, host, port));
    server.once("error", failed);
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", failed);
      resolve(undefined);
    });
  });
}

function toFault(error: NodeJS.ErrnoException, host: string, port: number): GatewayFault {
  switch (error.code) {
    case "EADDRINUSE":
      return {
        kind: "port-in-use",
        message: `Port ${port} of ${host} is in use by another program; stop that, or choose another port with --port.`,
      };
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return { kind: "no-such-address", message: `${host} is not an address of this machine.` };
    case "EACCES":
      return { kind: "not-permitted", message: `This user may not listen on port ${port} of ${host}.` };
    default:
      return { kind: "io", message: `The console cannot listen on ${host}:${port}: ${error.message}.` };
  }
}

/** What reached this console and is no HTTP, or came too slowly: answered if the other side still listens. */
function answerBroken(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  socket.end(rawReply(brokenProblem(error.code)), () => socket.destroy());
}

function brokenProblem(code: string | undefined) {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return {
        ...problem("too-large", `A request's head has at most ${HEADER_BYTES_MAX} bytes here.`),
        status: 431,
      };
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return { ...problem("malformed-request", "The request took too long to arrive."), status: 408 };
    default:
      return problem("malformed-request", "The request is not HTTP/1.1.");
  }
}
