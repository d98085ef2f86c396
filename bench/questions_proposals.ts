import type { BenchCluster } from "./bench_cluster";
import type { Question, Side } from "./comparison";

/** Bytes of one proposal. */
const BYTES = 200;

/** Proposals on the leader, on a cluster that runs already. */
export function proposals(
  name: string,
  cluster: BenchCluster,
  window: number,
  count: number,
  bytes = BYTES,
): Side {
  return {
    name,
    measure: async () => (await cluster.leader()).ask({ op: "propose", window, count, bytes }),
  };
}

/** What keeping several requests under way brings: they share syncs and messages. */
export function windowQuestion(synced: BenchCluster): Question {
  return {
    title: "Three nodes: one proposal at a time, or 64 under way (group commit)",
    figure: "perSecond",
    sides: [proposals("window 1", synced, 1, 200), proposals("window 64", synced, 64, 6000)],
  };
}

/** What durability costs, one request at a time and 64 under way. */
export function syncQuestions(synced: BenchCluster, unsynced: BenchCluster): Question[] {
  return [
    {
      title: "Window 1: with fdatasync, or without (unsafe; only to see its share)",
      figure: "perSecond",
      sides: [proposals("synced", synced, 1, 200), proposals("not synced", unsynced, 1, 200)],
    },
    {
      title: "Window 64: with fdatasync, or without",
      figure: "perSecond",
      sides: [proposals("synced", synced, 64, 6000), proposals("not synced", unsynced, 64, 6000)],
    },
  ];
}

/** What the hop to the leader costs. */
export function hopQuestion(unsynced: BenchCluster): Question {
  const ask = { op: "propose" as const, window: 64, count: 6000, bytes: BYTES };
  return {
    title: "Window 64, not synced: asked at the leader, or at a follower (one hop, JSON)",
    figure: "perSecond",
    sides: [
      proposals("leader", unsynced, 64, 6000),
      { name: "follower", measure: async () => (await unsynced.follower()).ask(ask) },
    ],
  };
}

/** What bytes cost when no disk is waited for. */
export function sizeQuestion(unsynced: BenchCluster): Question {
  return {
    title: "Window 64, not synced: processor time of a proposal of 200 B, or of 16 KiB",
    figure: "cpuMsPerRequest",
    sides: [proposals("200 B", unsynced, 64, 4000), proposals("16 KiB", unsynced, 64, 4000, 16 * 1024)],
  };
}

/** What a read costs beside a write. */
export function readQuestion(synced: BenchCluster): Question {
  return {
    title: "Window 64: a proposal, or a linearizable read on the leader",
    figure: "perSecond",
    sides: [
      proposals("propose", synced, 64, 6000),
      {
        name: "readIndex",
        measure: async () => (await synced.leader()).ask({ op: "read", window: 64, count: 6000 }),
      },
    ],
  };
}

/** What the network and the second and third disk cost. */
export function sizeOfClusterQuestion(alone: BenchCluster, synced: BenchCluster): Question {
  return {
    title: "Window 1: one node, or three",
    figure: "p50Ms",
    sides: [proposals("one node", alone, 1, 200), proposals("three nodes", synced, 1, 200)],
  };
}
