import type { BenchCluster } from "./bench_cluster";
import type { Question } from "./comparison";
import { proposals } from "./questions_proposals";

/** What log snapshots cost while proposals go on: `often` takes one every 2,000 entries, with 4 MiB of state. */
export function snapshotQuestions(never: BenchCluster, often: BenchCluster): Question[] {
  const sides = () =>
    [proposals("no snapshots", never, 64, 6000), proposals("every 2,000 entries", often, 64, 6000)] as const;
  return [
    {
      title: "Window 64: without log snapshots, or one of 4 MiB every 2,000 entries",
      figure: "perSecond",
      sides: sides(),
    },
    { title: "The same: the longest wait of a proposal", figure: "maxMs", sides: sides() },
  ];
}
