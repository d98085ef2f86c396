import { type DEngineApi, startDEngineApi } from "../d_engine_api/api_server";
import type { EmbeddedEngine } from "../engine/embedded_engine";
import type { Logger } from "../gateway/log";
import { bracketed, isLoopbackHost } from "../gateway/trust";
import type { OptionSpec } from "./arguments";
import { hostPort } from "./node_options";

/** Where a node serves d-engine's client interface. */
export interface ListenAt {
  readonly host: string;
  readonly port: number;
}

/** Room above the port asked for: nodes of one machine take one each. */
const PORT_MAX = 64_000;

/** The flag of the commands that run nodes. */
export const dEngineListen: OptionSpec = {
  value: "[HOST:]PORT",
  help: "Also tell the membership to d-engine's clients there (gRPC, read-only, no authentication). Without HOST only to this machine.",
  check(text) {
    const fault = hostPort(withHost(text));
    if (fault !== undefined) return "must be PORT or HOST:PORT";
    return listenAt(text).port <= PORT_MAX ? undefined : `must have a port up to ${PORT_MAX}`;
  },
  env: "ROLLCALL_D_ENGINE_LISTEN",
};

/** Reads a checked value of the flag. */
export function listenAt(text: string): ListenAt {
  const whole = withHost(text);
  const colon = whole.lastIndexOf(":");
  return { host: whole.slice(0, colon).replace(/^\[(.*)\]$/, "$1"), port: Number(whole.slice(colon + 1)) };
}

/** The value for node `id` of a local cluster: node 1 takes the port asked for, node 2 the next, and so on. */
export function listenOfNode(text: string, id: number): string {
  const whole = withHost(text);
  const colon = whole.lastIndexOf(":");
  return `${whole.slice(0, colon)}:${Number(whole.slice(colon + 1)) + id - 1}`;
}

function withHost(text: string): string {
  return /^\d+$/.test(text) ? `127.0.0.1:${text}` : text;
}

/** Serves d-engine's client interface of a node and tells its peers where. */
export async function serveDEngineApi(
  engine: EmbeddedEngine,
  { host, port }: ListenAt,
  log: Logger,
): Promise<DEngineApi | { readonly message: string }> {
  const api = await startDEngineApi({ engine, host, port, log });
  if ("message" in api) return api;
  const address = `${bracketed(host)}:${api.port}`;
  engine.setDEngineApi(address);
  const reach = isLoopbackHost(host) ? "" : " Anybody who reaches it reads the membership.";
  log("info", `d-engine's clients can watch the membership at ${address}.${reach}`);
  return api;
}
