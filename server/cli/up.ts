import { resolve } from "node:path";
import { listWords } from "../../protocol/words";
import { formNode } from "../engine/form";
import { operatingSystemUser } from "../gateway/gateway";
import { DEFAULT_PORT } from "../local/ports";
import { DEFAULT_VOTERS, type PreparedCluster, prepareCluster } from "../local/prepare_cluster";
import { identityOf } from "../local/process_facts";
import { type Parsed, wholeNumber } from "./arguments";
import type { Command, Surroundings } from "./command";
import { consoleOptions, consoleSettings, consoleWords, localDataDir } from "./console_options";
import { dEngineListen } from "./d_engine_listen";
import { type ExitCode, exitCodes } from "./exit_codes";
import { LocalCluster } from "./local_cluster";
import { nameList } from "./node_options";

/** How long (ms) the first lines wait for a leader to name; an election takes one to two seconds. */
const leaderWaitMs = 2000;
/** A second Ctrl-C counts as one after this long (ms): npm passes on a signal that the terminal has sent already. */
const secondSignalMs = 700;

export const up: Command = {
  name: "up",
  summary: "Run a local cluster on this machine and serve its page.",
  description: [
    "Starts a cluster of voters, each a process of its own, and serves the page. This process embeds the first node. The plan (ids, ports, secret) and the data are kept in the data directory; the next `up` finds the same cluster.",
    "Ctrl-C stops all nodes gracefully, and so does `rollcall down` from elsewhere. If only this process is killed, the others go on with consoles of their own, and the next `up` takes them over.",
  ],
  operands: [],
  options: {
    "data-dir": localDataDir,
    port: {
      value: "PORT",
      help: "Port of the page, on 127.0.0.1; kept in the plan.",
      check: wholeNumber(1, 65_000),
      fallback: String(DEFAULT_PORT),
      env: "ROLLCALL_PORT",
    },
    voters: {
      value: "N",
      help: "Voters of a new cluster, 1 to 9.",
      check: wholeNumber(1, 9),
      fallback: String(DEFAULT_VOTERS),
    },
    restart: { help: "Start nodes again that end with an error: after 3 s, doubling to 30 s." },
    without: {
      value: "NAMES",
      help: "Leave these nodes alone (n2 or n2,n3): their data is lost and they are to be removed.",
      check: nameList,
    },
    ...consoleOptions,
    "d-engine-listen": {
      ...dEngineListen,
      help: `${dEngineListen.help} Node 1 takes that port, node 2 the next, and so on.`,
    },
    json: { help: "Print one JSON line once it runs, and the log as JSON lines, instead of sentences." },
  },
  examples: ["rollcall up", "rollcall up --port 8000 --data-dir /var/lib/rollcall --restart"],
  run,
};

async function run(parsed: Parsed, surroundings: Surroundings): Promise<ExitCode> {
  const { port, voters, without } = parsed.text;
  const settings = consoleSettings(parsed, surroundings);
  if ("message" in settings) {
    surroundings.err(`${settings.message}\n`);
    return exitCodes.failed;
  }
  const startedAt = performance.now();
  const prepared = await prepareCluster({
    directory: resolve(surroundings.cwd, parsed.text["data-dir"] ?? ".rollcall"),
    port: port === undefined ? undefined : Number(port),
    voters: voters === undefined ? undefined : Number(voters),
    without: without?.split(",") ?? [],
    form: formNode,
    now: Date.now,
    actor: operatingSystemUser(),
  });
  if ("message" in prepared) {
    surroundings.err(`${prepared.message}\n`);
    return exitCodes.failed;
  }
  const self = await identityOf(process.pid);
  if (self !== undefined) prepared.run.recordUp(self);
  const cluster = new LocalCluster({
    prepared,
    surroundings,
    restart: parsed.flags.has("restart"),
    settings,
    consoleWords: consoleWords(parsed, surroundings.cwd),
    dEngineListen: parsed.text["d-engine-listen"],
    jsonLog: parsed.flags.has("json"),
  });
  try {
    return await serve(cluster, prepared, parsed, surroundings, startedAt);
  } finally {
    await prepared.lock.release();
  }
}

async function serve(
  cluster: LocalCluster,
  prepared: PreparedCluster,
  parsed: Parsed,
  surroundings: Surroundings,
  startedAt: number,
): Promise<ExitCode> {
  const stopped = stopOnSignal(cluster, surroundings);
  const begun = await Promise.race([cluster.start(), stopped]);
  if (begun !== undefined) {
    // Nodes that end because they were asked to while they started are no fault.
    if (cluster.stops) await stopped;
    else if ("message" in begun) surroundings.err(`${begun.message}\n`);
    return cluster.stops ? exitCodes.done : exitCodes.failed;
  }
  const waitMs = leaderWaitMs - (performance.now() - startedAt);
  const ended = await Promise.race([cluster.waitForLeader(Math.max(0, waitMs)), stopped, cluster.failed]);
  if (typeof ended !== "object" && !cluster.stops) {
    announce(cluster, prepared, parsed, surroundings);
    cluster.follow();
  }
  const end = await Promise.race([stopped, cluster.failed]);
  if (end.kind === "stopped") return exitCodes.done;
  surroundings.err(`${end.message}\n${othersGoOn(cluster)}`);
  await cluster.abandon();
  return exitCodes.failed;
}

function stopOnSignal(cluster: LocalCluster, { onSignal, err }: Surroundings): Promise<{ kind: "stopped" }> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    onSignal(() => {
      const now = performance.now();
      if (firstAt === undefined) {
        firstAt = now;
        err("Stopping all nodes ...\n");
        void cluster.stop().then(() => resolve({ kind: "stopped" }));
      } else if (now - firstAt > secondSignalMs) {
        void cluster.kill().then(() => resolve({ kind: "stopped" }));
      }
    });
  });
}

function announce(
  cluster: LocalCluster,
  prepared: PreparedCluster,
  parsed: Parsed,
  { out }: Surroundings,
): void {
  const { url, leader, term, nodes } = cluster.view();
  if (parsed.flags.has("json")) {
    out(
      `${JSON.stringify({ event: "ready", url, dataDir: prepared.planFile.directory, leader, term, nodes })}\n`,
    );
    return;
  }
  const processes = nodes
    .map(({ name, pid, adopted }) => `${name} pid ${pid ?? "-"}${adopted ? " (ran already)" : ""}`)
    .join("  ");
  const led = leader === null ? "electing a leader" : `leader ${leader}, term ${term}`;
  out(`${processes} - ${led}\n`);
  out(`Rollcall: ${url}   (Ctrl-C stops ${howMany(nodes.length)})\n`);
}

function howMany(count: number): string {
  const words = ["it", "it", "both", "all three", "all four", "all five", "all six", "all seven"];
  return words[count] ?? `all ${count}`;
}

function othersGoOn(cluster: LocalCluster): string {
  const others = cluster.view().nodes.filter(({ pid }) => pid !== null && pid !== process.pid);
  if (others.length === 0) return "";
  const names = listWords(
    others.map((node) => `${node.name} (${node.console})`),
    "and",
  );
  return `${names} ${others.length === 1 ? "goes" : "go"} on; \`rollcall down\` stops ${others.length === 1 ? "it" : "them"}.\n`;
}
