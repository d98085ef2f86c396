import type { MembershipView } from "../../protocol/membership";
import type { ProcessHost } from "../clusters/cluster";
import { EmbeddedCluster } from "../clusters/embedded/embedded_cluster";
import { changeGuard } from "../clusters/embedded/guard";
import { EmbeddedEngine } from "../engine/embedded_engine";
import type { Receiver } from "../engine/types";
import { type Gateway, startGateway } from "../gateway/gateway";
import type { Logger } from "../gateway/log";
import { bracketed } from "../gateway/trust";
import type { ConsoleSettings } from "./console_options";
import { type ListenAt, serveDEngineApi } from "./d_engine_listen";

/** What one node in this process is made of. */
export interface NodeRuntimeOptions {
  readonly dataDir: string;
  /** host:port to bind for peers; the directory's own address when absent. */
  readonly listen?: string;
  readonly consoleHost?: string;
  readonly consolePort: number;
  /** What its console serves, and whom; everybody and everything when absent. */
  readonly settings?: ConsoleSettings;
  /** Folder of the built page. */
  readonly pages: string | undefined;
  readonly trustedOrigins?: readonly string[];
  /** As it stands in URLs. */
  readonly clusterName: string;
  readonly version: string;
  readonly log: Logger;
  /** Runs processes of this machine; only under `rollcall up`. */
  readonly host?: ProcessHost;
  /** Where to serve d-engine's client interface; nowhere when absent. */
  readonly dEngineListen?: ListenAt;
  /** The node cannot go on: a sentence. */
  readonly onFailure: (message: string) => void;
}

/** A node with its console, running in this process. */
export interface NodeRuntime {
  readonly engine: EmbeddedEngine;
  readonly cluster: EmbeddedCluster;
  readonly gateway: Gateway;
  /** Takes nothing new, lets requests end (3 s at most), then stops the node. A second call waits for the first. */
  stop(): Promise<void>;
}

/** Starts engine, cluster and console, in this order; a fault leaves nothing running. */
export async function startNode(
  options: NodeRuntimeOptions,
): Promise<NodeRuntime | { readonly message: string }> {
  const { dataDir, listen, log, onFailure, host, consoleHost = "127.0.0.1", consolePort } = options;
  const engine = await EmbeddedEngine.start({
    dataDir,
    listen,
    console: consoleAddress(consoleHost, consolePort, options.settings),
    guard: changeGuard,
    onFailure,
    log,
  });
  if (!(engine instanceof EmbeddedEngine)) return engine;
  const cluster = new EmbeddedCluster({ name: options.clusterName, engine, uuid: engine.uuid, host, log });
  const stopNode = async () => {
    await cluster.close();
    await engine.stop();
  };
  const gateway = await startGateway({
    clusters: [cluster],
    machine: host,
    host: consoleHost,
    port: consolePort,
    pages: options.pages,
    ...options.settings,
    trustedOrigins: options.trustedOrigins,
    version: options.version,
    log,
  });
  if (gateway.kind !== "gateway") {
    await stopNode();
    return gateway;
  }
  const api =
    options.dEngineListen === undefined
      ? undefined
      : await serveDEngineApi(engine, options.dEngineListen, log);
  if (api !== undefined && "message" in api) {
    await gateway.close();
    await stopNode();
    return api;
  }
  let stopping: Promise<void> | undefined;
  const stop = async () => {
    await Promise.all([gateway.close(), api?.close()]);
    await stopNode();
  };
  return {
    engine,
    cluster,
    gateway,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

/** Where other consoles send an operator; "" where this one only knows that it listens everywhere. */
function consoleAddress(host: string, port: number, settings: ConsoleSettings | undefined): string {
  if (settings?.publicUrl !== undefined) return settings.publicUrl.replace(/\/+$/, "");
  if (host === "0.0.0.0" || host === "::") return "";
  return `http://${bracketed(host)}:${port}${settings?.basePath ?? ""}`;
}

/** Calls with every membership this node publishes, the current one first. */
export async function followMembership(
  receiver: Receiver<MembershipView>,
  call: (view: MembershipView) => void,
): Promise<void> {
  for await (const view of receiver) call(view);
}
