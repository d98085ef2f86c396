import type { ClusterState } from "./state";
import { plural } from "./words";

/** The gravest first: what is lost wants somebody now, what is unknown may be lost. */
const gravity: readonly ClusterState[] = ["lost", "unknown", "at-limit", "degraded", "ok"];

const words: Record<ClusterState, string> = {
  lost: "lost",
  unknown: "unknown",
  "at-limit": "at minimum quorum",
  degraded: "degraded",
  ok: "OK",
};

const glyphs: Record<ClusterState, string> = {
  ok: "●",
  degraded: "◆",
  "at-limit": "▲",
  lost: "✖",
  unknown: "○",
};

/** What several clusters come to. */
export interface Overview {
  /** The gravest state among them; unknown where there is none. */
  readonly state: ClusterState;
  /** "3 clusters: 1 lost, 2 OK." */
  readonly sentence: string;
  /** "✖ 1 of 3 clusters lost", for the window's title. */
  readonly title: string;
}

/** Sums up the states of all clusters of a console. */
export function overviewOf(states: readonly ClusterState[]): Overview {
  const counts = gravity
    .map((state) => ({ state, count: states.filter((one) => one === state).length }))
    .filter(({ count }) => count > 0);
  const [worst] = counts;
  if (worst === undefined) return { state: "unknown", sentence: "No cluster.", title: "Rollcall" };
  const all = plural(states.length, "cluster");
  const parts = counts.map(({ state, count }) => `${count} ${words[state]}`).join(", ");
  const few = worst.count === states.length ? all : `${worst.count} of ${all}`;
  return {
    state: worst.state,
    sentence: `${all}: ${parts}.`,
    title: `${glyphs[worst.state]} ${few} ${words[worst.state]}`,
  };
}
