import {
  constants,
  createServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import type { Engine } from "../engine/types";
import { routesOf } from "./routes";
import { MembershipStreams } from "./streams";

/** Connections at a time, and calls at a time on each. */
const CONNECTIONS_MAX = 64;
const CALLS_MAX = 32;
/** Largest request (bytes): they are a few numbers. */
const REQUEST_BYTES_MAX = 16 * 1024;
/** A connection is asked for a sign of life this often (ms), and ended if none came by the next time. */
const PING_EVERY_MS = 30_000;
/** How long (ms) connections and answered requests may take to end by themselves. */
const DRAIN_MS = 1000;
/** gRPC's status of what a server does not offer. */
const UNIMPLEMENTED = "12";

export interface DEngineApiOptions {
  readonly engine: Engine;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly log?: (level: "info" | "warn" | "error", text: string) => void;
}

/** d-engine's client interface of one node, listening. */
export interface DEngineApi {
  readonly host: string;
  readonly port: number;
  /** Membership streams open now. */
  readonly streams: number;
  /** Ends every stream with UNAVAILABLE, then every connection. A second call waits for the first. */
  close(): Promise<void>;
}

/** Serves WatchMembership, GetClusterMetadata and DiscoverLeader as d-engine 0.2.4 does. A fault is answered, not thrown. */
export async function startDEngineApi(
  options: DEngineApiOptions,
): Promise<DEngineApi | { readonly message: string }> {
  const { engine, host, port, log = () => {} } = options;
  const streams = new MembershipStreams();
  const handle = connectNodeAdapter({
    routes: routesOf(engine, streams),
    fallback: (_request, response) => {
      response.writeHead(200, {
        "content-type": "application/grpc",
        "grpc-status": UNIMPLEMENTED,
        "grpc-message": "This node offers WatchMembership, GetClusterMetadata and DiscoverLeader.",
      });
      response.end();
    },
    connect: false,
    grpcWeb: false,
    readMaxBytes: REQUEST_BYTES_MAX,
  });
  const server = createServer({ settings: { maxConcurrentStreams: CALLS_MAX } }, (request, response) => {
    // The stream's own event: the response tells it only when the stream has ended already.
    const { stream } = response;
    stream.once("finish", () => endSoon(stream));
    try {
      handle(request, response);
    } catch (error) {
      // A request that names no authority, or none that is one: the adapter throws before it answers.
      log("warn", `d-engine API: a request could not be read: ${String(error)}`);
      response.writeHead(400);
      response.end();
    }
  });
  const sessions = new Set<ServerHttp2Session>();
  server.on("session", (session) => admit(session, sessions));
  server.on("sessionError", () => {});
  const fault = await listen(server, host, port);
  if (fault !== undefined) return { message: `The d-engine API cannot listen on ${host}:${port}: ${fault}.` };
  let closing: Promise<void> | undefined;
  return {
    host,
    port: (server.address() as AddressInfo).port,
    get streams() {
      return streams.count;
    },
    close: () => {
      closing ??= shutDown(server, streams, sessions);
      return closing;
    },
  };
}

function admit(session: ServerHttp2Session, sessions: Set<ServerHttp2Session>): void {
  if (sessions.size >= CONNECTIONS_MAX) {
    session.destroy();
    return;
  }
  sessions.add(session);
  session.on("error", () => {});
  let answered = true;
  const timer = setInterval(() => {
    if (!answered) session.destroy();
    else answered = !session.ping(() => (answered = true));
  }, PING_EVERY_MS);
  timer.unref();
  session.once("close", () => {
    clearInterval(timer);
    sessions.delete(session);
  });
}

/** A request that was answered and goes on sending is told to stop (RFC 9113, section 8.1), once its answer is out. */
function endSoon(stream: ServerHttp2Stream): void {
  const timer = setTimeout(() => {
    if (!stream.closed) stream.close(constants.NGHTTP2_NO_ERROR);
  }, DRAIN_MS);
  timer.unref();
  stream.once("close", () => clearTimeout(timer));
}

function listen(server: Http2Server, host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException) =>
      resolve(error.code === "EADDRINUSE" ? "the port is in use" : error.message);
    server.once("error", failed);
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", failed);
      server.on("error", () => {});
      resolve(undefined);
    });
  });
}

/** Streams get a turn to say why they end. */
async function shutDown(
  server: Http2Server,
  streams: MembershipStreams,
  sessions: ReadonlySet<ServerHttp2Session>,
): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  streams.close();
  for (const session of sessions) session.close();
  const patience = setTimeout(() => {
    for (const session of sessions) session.destroy();
  }, DRAIN_MS);
  await closed;
  clearTimeout(patience);
}
