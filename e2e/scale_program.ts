import { EmbeddedCluster } from "../server/clusters/embedded/embedded_cluster";
import type { Replica } from "../server/engine/replica";
import { ReplicaEngine } from "../server/engine/replica_engine";
import { VirtualCluster } from "../server/engine/testing/virtual_cluster";
import type { MemberChange } from "../server/engine/types";
import { startGateway } from "../server/gateway/gateway";

/**
 * A large cluster in one process, for measuring the page: real replicas (core, registry, engine) over memory instead of disks and
 * sockets, driven by the real clock, and the real gateway with the real page in front of one of them. Reads commands from its standard input, one a
 * line: "go" changes the membership at the rate, "halt" stops that. Prints one JSON object a line.
 */

const [voters = 50, learners = 1000, live = learners, perSecond = 10] = process.argv.slice(2).map(Number);
const pages = process.env.ROLLCALL_PAGE;
/** Milliseconds between two ticks, as in the product. */
const TICK_MS = 50;
/** Learners added by one joint change. */
const BATCH = 64;

class DrivenEngine extends ReplicaEngine {
  constructor(id: number, replica: Replica) {
    super(id, "virtual", replica);
  }

  protected get stopped(): boolean {
    return false;
  }

  async stop(): Promise<void> {}
}

const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
/** How much later than planned each tick came (ms). */
const late: number[] = [];
let made = 0;
let refused = 0;
let going = false;

const contacts = new Map([1, 2, 3].map((id) => [id, `h${id}:1`]));
const cluster = new VirtualCluster(voters, {
  replica: { contacts },
});

/** Runs the cluster by the real clock. A tick that comes late comes once; other work of this process has its turn after every round. */
function drive(): void {
  let clock = performance.now();
  let ticked = clock;
  const turn = (): void => {
    const at = performance.now();
    const elapsedMs = Math.floor(at - clock);
    clock += elapsedMs;
    cluster.pass(elapsedMs);
    if (at - ticked >= TICK_MS) {
      late.push(at - ticked - TICK_MS);
      ticked = at;
      cluster.tick();
    }
    if (cluster.round()) setImmediate(turn);
    else setTimeout(turn, 2);
  };
  turn();
}

function learnerOf(id: number): MemberChange {
  return { kind: "add-learner", id, address: `h${id}:1`, name: `n${id}` };
}

const leader = await cluster.leader();
/** The console stands at a follower, so that what it shows was relayed. */
const served = leader === 1 ? 2 : 1;
drive();
const engine = new DrivenEngine(served, cluster.replica(served));
const liveLearners: number[] = [];

async function change(changes: readonly MemberChange[]): Promise<boolean> {
  const outcome = await engine.changeMembership(changes, { actor: "scale" });
  if (outcome.kind === "applied") return true;
  refused += 1;
  if (process.env.SCALE_TALK) say({ refused: outcome });
  return false;
}

for (let next = voters + 1; next <= voters + learners; next += BATCH) {
  const ids = Array.from(
    { length: Math.min(BATCH, voters + learners + 1 - next) },
    (_, place) => next + place,
  );
  await change(ids.map(learnerOf));
  for (const id of ids) {
    if (liveLearners.length >= live) break;
    cluster.addHost(id);
    liveLearners.push(id);
  }
  if (process.env.SCALE_TALK)
    say({ learners: next, at: performance.now(), heap: process.memoryUsage().rss >> 20 });
}

/** One after the other: a learner joins, the oldest leaves, one is promoted, a voter is demoted. */
const steps: readonly (() => Promise<void>)[] = [
  async () => {
    const id = engine.nextId();
    if (!(await change([learnerOf(id)]))) return;
    cluster.addHost(id);
    liveLearners.push(id);
  },
  async () => {
    const id = liveLearners.shift();
    if (id === undefined) return;
    if (await change([{ kind: "remove", id }])) cluster.kill(id);
  },
  async () => {
    const id = liveLearners.shift();
    if (id !== undefined && (await change([{ kind: "promote", id }]))) promoted.push(id);
  },
  async () => {
    const id = promoted.shift();
    if (id !== undefined && (await change([{ kind: "demote", id }]))) liveLearners.push(id);
  },
];
const promoted: number[] = [];

async function changing(): Promise<void> {
  let due = performance.now();
  for (let turn = 0; ; turn += 1) {
    if (going) {
      await steps[turn % steps.length]?.();
      made += 1;
    }
    due = Math.max(due + 1000 / perSecond, performance.now() - 1000);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
  }
}

const gateway = await startGateway({
  clusters: [new EmbeddedCluster({ name: "local", engine })],
  port: 0,
  pages,
});
if (gateway.kind !== "gateway") throw new Error(gateway.message);
const { membership } = engine.status();
say({
  url: gateway.url,
  leader,
  served,
  voters: membership.members.length,
  learners: membership.learners.length,
  live: liveLearners.length,
});
void changing();

process.stdin.on("data", (bytes) => {
  for (const word of String(bytes).trim().split("\n")) {
    if (word === "go") going = true;
    if (word === "halt") going = false;
  }
});
process.stdin.on("end", () => process.exit(0));
process.on("SIGTERM", () => process.exit(0));

let reported = { made: 0, at: performance.now() };
setInterval(() => {
  const sorted = late.splice(0).sort((a, b) => a - b);
  const now = performance.now();
  const { committedIndex } = engine.status().membership;
  say({
    made,
    refused,
    perSecond: ((made - reported.made) * 1000) / (now - reported.at),
    ticks: sorted.length,
    lateP50: sorted[sorted.length >> 1],
    lateMax: sorted.at(-1),
    index: committedIndex,
    rss: process.memoryUsage().rss >> 20,
  });
  reported = { made, at: now };
}, 2000);
