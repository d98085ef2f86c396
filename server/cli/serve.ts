import { listWords, plural } from "../../protocol/words";
import { type ConfigFault, faultWords } from "../config/config_fault";
import { CONFIG_FILE, type LoadedSettings, type Settings } from "../config/settings";
import { type Gateway, startGateway } from "../gateway/gateway";
import { makeDirectory, systemReason } from "../local/durable_file";
import { type DirectoryLock, lockDirectory } from "../storage/directory_lock";
import type { Parsed } from "./arguments";
import { atMost } from "./at_most";
import { type AttachedClusters, attachClusters } from "./attach_clusters";
import type { Command, Surroundings } from "./command";
import { type ConsoleSettings, consoleSettings } from "./console_options";
import { type ExitCode, exitCodes } from "./exit_codes";
import { logOptions, type NodeLog, openLog } from "./node_log";
import { readSettings, serveOptions, withFileSettings } from "./serve_options";

/** The console is gone this long (ms) after it was asked to stop. */
const stopMsMax = 4500;

export const serve: Command = {
  name: "serve",
  summary: "Serve the console alone, for clusters that exist: etcd, d-engine, and our own engine's.",
  description: [
    `Attaches to clusters named by flags, by the environment or in ${CONFIG_FILE}, and serves the page for all of them. Flags come before the environment (--etcd-ca is ROLLCALL_ETCD_CA, and so on), and that before the file; \`rollcall check-config\` says what is wrong with them. A cluster that cannot be reached is shown as unknown and keeps no other from being shown.`,
    "Secrets stand in the environment or in files, never on the command line. History and plans that a cluster does not keep by itself are in the data directory; one console at a time uses it. Ctrl-C stops the console, and no cluster.",
  ],
  operands: [],
  options: {
    ...serveOptions,
    ...logOptions,
    json: { help: "Print one JSON line once it runs, instead of sentences." },
  },
  examples: [
    "rollcall serve --etcd https://10.0.0.1:2379,https://10.0.0.2:2379 --etcd-ca ca.pem",
    "rollcall serve --d-engine 10.0.0.1:9081,10.0.0.2:9081,10.0.0.3:9081 --read-only",
    "rollcall serve --config ./rollcall.config.json --port 8000",
  ],
  run,
};

async function run(parsed: Parsed, surroundings: Surroundings): Promise<ExitCode> {
  const { err } = surroundings;
  const loaded = readSettings(parsed, surroundings);
  for (const fault of loaded.faults) err(`${faultWords(fault)}\n`);
  if (loaded.faults.some(isError)) {
    err("The console does not start with these settings; `rollcall check-config` says this again.\n");
    return exitCodes.failed;
  }
  if (loaded.settings.clusters.length === 0 && loaded.file === undefined) {
    err(
      `Which clusters? Give --etcd URL,URL, --d-engine HOST:PORT,HOST:PORT or --embedded URL,URL, or list them in ${CONFIG_FILE}. A cluster of its own: rollcall up.\n`,
    );
    return exitCodes.usage;
  }
  const settings = consoleSettings(withFileSettings(parsed, loaded), surroundings);
  if ("message" in settings) return failed(settings.message, surroundings);
  const log = openLog(parsed.text["log-file"], parsed.text["log-format"], surroundings);
  if ("message" in log) return failed(log.message, surroundings);
  try {
    return await serveUntilStopped(loaded, settings, parsed, surroundings, log);
  } finally {
    log.close();
  }
}

function isError({ severity }: ConfigFault): boolean {
  return severity === "error";
}

function failed(message: string, { err }: Pick<Surroundings, "err">): ExitCode {
  err(`${message}\n`);
  return exitCodes.failed;
}

async function serveUntilStopped(
  { settings }: LoadedSettings,
  consoleOf: ConsoleSettings,
  parsed: Parsed,
  surroundings: Surroundings,
  log: NodeLog,
): Promise<ExitCode> {
  const stopped = new Promise<void>((resolve) => {
    surroundings.onSignal(() => resolve());
  });
  const lock = await takeDirectory(settings.console.dataDir);
  if ("message" in lock) return failed(lock.message, surroundings);
  const attached = attachClusters(settings.clusters, settings.console.dataDir, log.write);
  try {
    const gateway = await startGateway({
      ...consoleOf,
      readOnly: settings.console.readOnly,
      clusters: attached.clusters,
      host: settings.console.host,
      port: settings.console.port,
      pages: surroundings.env.ROLLCALL_PAGE,
      trustedOrigins: settings.console.trustedOrigins,
      trustedHosts: settings.console.trustedHosts,
      version: surroundings.version,
      log: log.write,
    });
    if (gateway.kind !== "gateway") return failed(gateway.message, surroundings);
    announce(gateway, settings, parsed, surroundings);
    log.write("info", `The console serves ${gateway.url}.`, { pid: process.pid });
    await stopped;
    log.write("info", "The console stops.");
    await atMost(stopMsMax, stop(gateway, attached));
    return exitCodes.done;
  } finally {
    await atMost(stopMsMax, attached.close());
    await lock.release();
  }
}

async function stop(gateway: Gateway, attached: AttachedClusters): Promise<void> {
  await gateway.close();
  await attached.close();
}

/** Makes the data directory and keeps other consoles out of it. */
async function takeDirectory(path: string): Promise<DirectoryLock | { readonly message: string }> {
  try {
    makeDirectory(path);
  } catch (error) {
    return {
      message: `The data directory ${path} cannot be made: ${systemReason(error)}. Give another one with --data-dir.`,
    };
  }
  const lock = await lockDirectory(path);
  if (lock.kind === "lock") return lock;
  if (lock.kind !== "locked") return { message: lock.message };
  const holder = lock.pid === undefined ? "another console" : `the console with pid ${lock.pid}`;
  return { message: `${path} is in use by ${holder}: stop that one, or give another --data-dir.` };
}

function announce(
  gateway: Gateway,
  { clusters }: Settings,
  parsed: Parsed,
  { out }: Pick<Surroundings, "out">,
): void {
  if (parsed.flags.has("json")) {
    const names = clusters.map(({ name, kind }) => ({ name, kind }));
    out(`${JSON.stringify({ event: "ready", pid: process.pid, url: gateway.url, clusters: names })}\n`);
    return;
  }
  const names = clusters.map(({ name, kind }) => `${name} (${kind})`);
  const what =
    names.length === 0 ? "no cluster yet" : `${plural(names.length, "cluster")}: ${listWords(names, "and")}`;
  out(`Watching ${what}.\nRollcall: ${gateway.url}   (Ctrl-C stops the console, and no cluster)\n`);
}
