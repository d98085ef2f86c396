import { resolve } from "node:path";
import { memberNameSchema } from "../../protocol/api";
import type { Credential } from "../gateway/access";
import { credentialsFault } from "../gateway/gateway";
import { isLoopbackHost } from "../gateway/trust";
import { DEFAULT_PORT, portIsFree } from "../local/ports";
import { type Parsed, wholeNumber } from "./arguments";
import { atMost } from "./at_most";
import type { Command, Surroundings } from "./command";
import { consoleOptions, consoleSettings } from "./console_options";
import { dEngineListen, listenAt } from "./d_engine_listen";
import { type ExitCode, exitCodes } from "./exit_codes";
import { LOCAL_CLUSTER_NAME } from "./local_cluster";
import { logOptions, type NodeLog, openLog } from "./node_log";
import { hostPort } from "./node_options";
import { ensureNode } from "./node_origin";
import { startNode } from "./node_runtime";

/** A node is gone this long (ms) after it was asked to stop. */
const stopMsMax = 4500;
/** Consoles without a --port take the first free one of so many. */
const consolePorts = 100;

export const node: Command = {
  name: "node",
  summary: "Run one node of a cluster, with its own console.",
  description: [
    "Runs the node whose data is in --data-dir. A node that is not there yet is made: with --join, a learner that was added with `rollcall add-learner`; with --bootstrap, an initial voter from a file of `rollcall plan`; with --bootstrap-single, the only voter of a new cluster. Given for a node that is there already, these change nothing, so the same command line starts it again.",
    "The join token comes from the environment (ROLLCALL_JOIN_TOKEN) or a file, never from the command line, which everybody on the machine can read. The console listens on 127.0.0.1 and hears everybody there; beyond that it needs tokens of operators or viewers, and TLS from a proxy in front (--public-url), or a tunnel (ssh -L 7400:127.0.0.1:7400 HOST). Peers may listen anywhere; the cluster's secret guards them.",
  ],
  operands: [],
  options: {
    "data-dir": { value: "DIR", help: "The node's data directory.", env: "ROLLCALL_DATA_DIR" },
    listen: {
      value: "HOST:PORT",
      help: "Where to listen for peers.",
      check: hostPort,
      fallback: "the address the cluster knows it by",
    },
    port: {
      value: "PORT",
      help: "Port of the console.",
      check: wholeNumber(1, 65_535),
      fallback: `the first free one from ${DEFAULT_PORT}`,
      env: "ROLLCALL_PORT",
    },
    host: {
      value: "HOST",
      help: "Address of the console; beyond loopback only with tokens.",
      fallback: "127.0.0.1",
      env: "ROLLCALL_HOST",
    },
    ...consoleOptions,
    "d-engine-listen": dEngineListen,
    join: { value: "HOST:PORT", help: "Join through this member, with a join token.", check: hostPort },
    "join-token-file": { value: "FILE", help: "The join token's file.", fallback: "ROLLCALL_JOIN_TOKEN" },
    name: {
      value: "NAME",
      help: "The node's name, with --bootstrap-single.",
      check: (text) =>
        memberNameSchema.safeParse(text).success
          ? undefined
          : "must be up to 63 letters, digits, dots, dashes or underscores",
    },
    bootstrap: {
      value: "FILE",
      help: "Make an initial voter from a file of `rollcall plan`; deleted once used.",
    },
    "bootstrap-single": { help: "Make a new cluster of this one voter." },
    "cluster-name": {
      value: "NAME",
      help: "What pages and commands call the cluster.",
      check: (text) =>
        /^[a-z0-9][a-z0-9-]{0,62}$/.test(text) ? undefined : "must be lower-case letters, digits and dashes",
      fallback: LOCAL_CLUSTER_NAME,
    },
    ...logOptions,
    json: { help: "Print one JSON line once it runs, instead of a sentence." },
  },
  examples: [
    "rollcall node --data-dir ./n1 --bootstrap n1.json",
    "ROLLCALL_JOIN_TOKEN=... rollcall node --data-dir ./n4 --join 10.0.0.1:7500 --listen 10.0.0.4:7500",
    "rollcall node --data-dir ./solo --bootstrap-single",
  ],
  run,
};

async function run(parsed: Parsed, surroundings: Surroundings): Promise<ExitCode> {
  const { err } = surroundings;
  const wrong = contradiction(parsed);
  if (wrong !== undefined) {
    err(`${wrong}\n`);
    return exitCodes.usage;
  }
  const dataDir = resolve(surroundings.cwd, parsed.text["data-dir"] ?? "");
  const fault = await ensureNode(dataDir, parsed, surroundings);
  if (fault !== undefined) {
    err(`${fault.message}\n`);
    return exitCodes.failed;
  }
  const log = openLog(parsed.text["log-file"], parsed.text["log-format"], surroundings);
  if ("message" in log) {
    err(`${log.message}\n`);
    return exitCodes.failed;
  }
  try {
    return await serve(dataDir, parsed, surroundings, log);
  } finally {
    log.close();
  }
}

/** What cannot be asked for together, or is missing. */
function contradiction(parsed: Parsed): string | undefined {
  if (parsed.text["data-dir"] === undefined) return "Which node? Give --data-dir DIR.";
  const { join, bootstrap } = parsed.text;
  const ways = [join !== undefined, bootstrap !== undefined, parsed.flags.has("bootstrap-single")];
  if (ways.filter(Boolean).length > 1) return "Give one of --join, --bootstrap and --bootstrap-single.";
  return undefined;
}

async function serve(
  dataDir: string,
  parsed: Parsed,
  surroundings: Surroundings,
  log: NodeLog,
): Promise<ExitCode> {
  let fail: (message: string) => void = () => {};
  const failed = new Promise<string>((resolveFailed) => {
    fail = resolveFailed;
  });
  const stopped = new Promise<undefined>((resolveStopped) => {
    surroundings.onSignal(() => resolveStopped(undefined));
  });
  const { listen, host = "127.0.0.1" } = parsed.text;
  const port = await consolePort(parsed.text.port);
  const settings = consoleSettings(parsed, surroundings);
  if ("message" in settings) return tellFailure(settings.message, parsed, surroundings, log);
  const dEngine = parsed.text["d-engine-listen"];
  const refused = await consoleFault(host, port, settings.credentials);
  if (refused !== undefined) return tellFailure(refused, parsed, surroundings, log);
  const runtime = await startNode({
    dataDir,
    listen,
    consoleHost: host,
    consolePort: port,
    settings,
    pages: surroundings.env.ROLLCALL_PAGE,
    trustedOrigins: surroundings.env.ROLLCALL_TRUSTED_ORIGINS?.split(","),
    clusterName: parsed.text["cluster-name"] ?? LOCAL_CLUSTER_NAME,
    version: surroundings.version,
    log: log.write,
    dEngineListen: dEngine === undefined ? undefined : listenAt(dEngine),
    onFailure: fail,
  });
  if ("message" in runtime) return tellFailure(runtime.message, parsed, surroundings, log);
  const { engine, gateway } = runtime;
  const { name } = engine.status();
  const { uuid, clusterId, address, nodeId } = engine;
  log.write("info", `${name} runs, peers at ${address}, console at ${gateway.url}.`, { pid: process.pid });
  const ready = {
    event: "ready",
    pid: process.pid,
    clusterId,
    nodeId,
    name,
    uuid,
    address,
    console: gateway.url,
  };
  if (parsed.flags.has("json")) surroundings.out(`${JSON.stringify(ready)}\n`);
  // A log file that is also standard output has said so already.
  else if (parsed.text["log-file"] === undefined) {
    surroundings.out(`${name} of cluster ${clusterId}: peers ${address}, console ${gateway.url}\n`);
  }
  const message = await Promise.race([failed, stopped]);
  await atMost(stopMsMax, runtime.stop());
  if (message !== undefined) return tellFailure(message, parsed, surroundings, log);
  log.write("info", `${name} stopped.`);
  return exitCodes.done;
}

/** One sentence, once: into the log file where there is one, else as it is. */
function tellFailure(message: string, parsed: Parsed, { err }: Surroundings, log: NodeLog): ExitCode {
  if (parsed.text["log-file"] === undefined) err(`${message}\n`);
  else log.write("error", message);
  return exitCodes.failed;
}

/** What would refuse the console, looked at before the node meets its peers. */
async function consoleFault(
  host: string,
  port: number,
  credentials: readonly Credential[],
): Promise<string | undefined> {
  const wanting = credentialsFault(host, credentials);
  if (wanting !== undefined) return wanting.message;
  if (!isLoopbackHost(host)) return undefined;
  if (await portIsFree(port)) return undefined;
  return `Port ${port} is in use by another program; stop that one, or choose another port with --port.`;
}

async function consolePort(asked: string | undefined): Promise<number> {
  if (asked !== undefined) return Number(asked);
  for (let port = DEFAULT_PORT; port < DEFAULT_PORT + consolePorts; port += 1) {
    if (await portIsFree(port)) return port;
  }
  return DEFAULT_PORT;
}
