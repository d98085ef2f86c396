import type { BenchCluster } from "./bench_cluster";
import type { Question } from "./comparison";
import { proposals } from "./questions_proposals";

/** How long a change of the membership takes, from the call to its publication here. */
export function membershipQuestions(synced: BenchCluster): Question[] {
  const change = (name: string, atOnce: 1 | 2, count: number) => ({
    name,
    measure: async () => (await synced.leader()).ask({ op: "change", atOnce, count }),
  });
  return [
    {
      title:
        "A proposal, or one change of the membership (its commit index is synced before it is published)",
      figure: "p50Ms",
      sides: [proposals("proposal", synced, 1, 100), change("one change", 1, 40)],
    },
    {
      title: "One change, or two at once through joint consensus (enter and leave)",
      figure: "p50Ms",
      sides: [change("one change", 1, 40), change("joint change", 2, 20)],
    },
  ];
}
