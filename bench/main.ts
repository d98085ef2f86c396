import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { BenchCluster } from "./bench_cluster";
import { compare, describeComparison, type Question } from "./comparison";
import { measurePage } from "./page_at_scale";
import { withLog } from "./questions_log";
import { membershipQuestions } from "./questions_membership";
import {
  hopQuestion,
  readQuestion,
  sizeOfClusterQuestion,
  sizeQuestion,
  syncQuestions,
  windowQuestion,
} from "./questions_proposals";
import { snapshotQuestions } from "./questions_snapshot";

const HELP = `Measures pairs of alternatives in turn and prints their ratio. Ratios carry over from machine to machine; figures do not.

usage: npm run bench -- [--rounds N] [TOPIC...]

TOPIC       log, proposals, membership, snapshot (default: these four), scale (the page in a browser, with 1,050 members)
--rounds N  rounds that count, for each question (default 5); one more warms up
--help      this text

Each node is a process of its own on loopback, with its own directory under the system's temporary folder. The load is made in the
leader's process. The range after a ratio is that of the rounds: a ratio whose range includes 1 says nothing.
`;

const TOPICS = ["log", "proposals", "membership", "snapshot", "scale"] as const;
/** Scale needs a browser and minutes, and judges instead of comparing: it is run by its name. */
const DEFAULT_TOPICS: readonly Topic[] = ["log", "proposals", "membership", "snapshot"];
type Topic = (typeof TOPICS)[number];

interface Clusters {
  readonly start: (
    size: number,
    settings?: Parameters<typeof BenchCluster.start>[2],
  ) => Promise<BenchCluster>;
}

const questionsOf: Record<Exclude<Topic, "log" | "scale">, (clusters: Clusters) => Promise<Question[]>> = {
  proposals: async ({ start }) => {
    const [alone, synced, unsynced] = [await start(1), await start(3), await start(3, { sync: false })];
    return [
      windowQuestion(synced),
      ...syncQuestions(synced, unsynced),
      sizeOfClusterQuestion(alone, synced),
      readQuestion(synced),
      hopQuestion(unsynced),
      sizeQuestion(unsynced),
    ];
  },
  membership: async ({ start }) => membershipQuestions(await start(3)),
  snapshot: async ({ start }) =>
    snapshotQuestions(await start(3), await start(3, { snapshotEvery: 2000, stateBytes: 4 * 1024 * 1024 })),
};

async function run(topic: Topic, program: string, rounds: number): Promise<void> {
  const answer = async (question: Question): Promise<void> => {
    process.stdout.write(`${describeComparison(await compare(question, rounds))}\n`);
  };
  if (topic === "log") return withLog(answer);
  if (topic === "scale") return measurePage(rounds);
  const running: BenchCluster[] = [];
  try {
    const start: Clusters["start"] = async (size, settings) => {
      const cluster = await BenchCluster.start(program, size, settings);
      running.push(cluster);
      return cluster;
    };
    for (const question of await questionsOf[topic]({ start })) await answer(question);
  } finally {
    await Promise.all(running.map((cluster) => cluster.end()));
  }
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(HELP);
    return 0;
  }
  const at = args.indexOf("--rounds");
  const rounds = at < 0 ? 5 : Number(args[at + 1]);
  const words = args.filter((_, index) => at < 0 || (index !== at && index !== at + 1));
  const topics =
    words.length === 0
      ? DEFAULT_TOPICS
      : words.flatMap((word) => TOPICS.find((topic) => topic === word) ?? []);
  if (!Number.isInteger(rounds) || rounds < 1 || topics.length < Math.max(1, words.length)) {
    process.stderr.write(`bench: cannot read ${args.join(" ")}; --help says what there is\n`);
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), "rollcall-bench-program-"));
  const program = join(folder, "bench_node.mjs");
  const entry = new URL("./bench_node.ts", import.meta.url).pathname;
  try {
    await build({
      entryPoints: [entry],
      outfile: program,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20.19",
    });
    process.stdout.write(
      `node ${process.versions.node}, ${availableParallelism()} x ${cpus()[0]?.model ?? "?"}, load ${loadavg()
        .map((one) => one.toFixed(1))
        .join(" ")}, ${rounds} rounds\n\n`,
    );
    for (const topic of topics) await run(topic, program, rounds);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
