import { assessConfiguration, type HalfAssessment, healthIn, type Standing, standingOf } from "./quorum";
import type {
  ClusterState,
  Meter,
  MeterSlot,
  StateDescription,
  StateFreshness,
  StateShape,
} from "./state_description";
import type { ClusterStatus } from "./status";
import { formatDuration } from "./words";

export { describeFacts, indexWords, type StateFacts } from "./facts";
export { type NextStep, type NextStepInput, nextStep, type SuggestedAction } from "./next_step";
export type {
  ClusterState,
  Meter,
  MeterSlot,
  StateDescription,
  StateFreshness,
  StateShape,
} from "./state_description";
export { type CopySummaryInput, copySummary } from "./summary";

/** A cluster without a leader for longer (ms) counts as lost; until then it is electing. */
const NO_LEADER_AFTER_MS = 3000;

const shapes: Record<ClusterState, StateShape> = {
  ok: "disc",
  degraded: "diamond",
  "at-limit": "triangle",
  lost: "octagon",
  unknown: "ring",
};

const titleGlyphs: Record<ClusterState, string> = {
  ok: "●",
  degraded: "◆",
  "at-limit": "▲",
  lost: "✖",
  unknown: "○",
};

const statesOfStandings: Record<Standing, ClusterState> = {
  full: "ok",
  degraded: "degraded",
  "at-limit": "at-limit",
  unsure: "unknown",
  lost: "lost",
};

/** What a row of the table says; the rest of a description follows from it. */
interface Verdict {
  readonly state: ClusterState;
  readonly word: string;
  readonly sentence: string;
  readonly titleWords: string;
  readonly byDesign?: string;
}

/** Describes a cluster's state by the table of the interface's first section; the first row that matches wins. */
export function describeState(
  status: ClusterStatus | undefined,
  freshness: StateFreshness,
): StateDescription {
  const assessment = status && assessConfiguration(status.configuration, healthIn(status.members));
  const current = freshness.live && freshness.dataAgeMs !== null;
  const verdict =
    current && status !== undefined && assessment !== undefined
      ? judge(status, assessment.worse, freshness.elapsedMs ?? 0)
      : withoutData(freshness.dataAgeMs);
  return {
    ...verdict,
    shape: shapes[verdict.state],
    alert: verdict.state === "lost" || freshness.disconnected === true,
    assessment,
    meters: (assessment?.halves ?? []).map((half) => meterOf(half, current)),
  };
}

function withoutData(dataAgeMs: number | null): Verdict {
  const sentence =
    dataAgeMs === null ? "Unknown - no data yet." : `Unknown - no data for ${formatDuration(dataAgeMs)}.`;
  return { state: "unknown", word: "Unknown", sentence, titleWords: "no data" };
}

function judge(status: ClusterStatus, half: HalfAssessment, elapsedMs: number): Verdict {
  const standing = standingOf(half);
  if (half.voters === 0) return notJoined(status);
  if (standing === "unsure") {
    const heard = `${half.healthy} of ${half.voters}`;
    return {
      state: "unknown",
      word: "Unknown",
      sentence: `Unknown - ${heard} voters heard from, ${half.unknown} unknown.`,
      titleWords: `${heard} heard from`,
    };
  }
  const verdict =
    standing !== "lost" && status.leadership.id === null
      ? leaderless(half, (status.leadership.noneForMs ?? 0) + elapsedMs)
      : byStanding(half, standing);
  if (half.unknown === 0) return verdict;
  return { ...verdict, sentence: `${verdict.sentence.slice(0, -1)}, ${half.unknown} unknown.` };
}

function notJoined(status: ClusterStatus): Verdict {
  const joining = status.self?.standing === "joining";
  const sentence = joining ? "Unknown - this node has not joined yet." : "Unknown - no voter is known yet.";
  return { state: "unknown", word: "Unknown", sentence, titleWords: joining ? "not joined" : "no voters" };
}

function leaderless(half: HalfAssessment, noneForMs: number): Verdict {
  if (noneForMs <= NO_LEADER_AFTER_MS) {
    return {
      state: statesOfStandings[standingOf(half)],
      word: "Electing a leader",
      sentence: "Electing a leader - changes wait.",
      titleWords: "electing",
    };
  }
  const answer = `${half.healthy} of ${half.voters} voters answer`;
  return {
    state: "lost",
    word: "No leader",
    sentence: `No leader for ${formatDuration(noneForMs)} - ${answer}; no change can commit.`,
    titleWords: "No leader",
  };
}

function byStanding(half: HalfAssessment, standing: Standing): Verdict {
  const state = statesOfStandings[standing];
  const count = `${half.healthy} of ${half.voters}`;
  const healthy = `${count} voters healthy`;
  if (standing === "lost") {
    const sentence = `Quorum lost - ${healthy}; membership cannot change.`;
    return { state, word: "Quorum lost", sentence, titleWords: "Quorum lost" };
  }
  if (standing === "at-limit") {
    const sentence = `At minimum quorum - ${healthy}, cannot lose any.`;
    const verdict = { state, word: "At minimum quorum", sentence, titleWords: count };
    return half.healthy === half.voters ? { ...verdict, byDesign: byDesign(half.voters) } : verdict;
  }
  if (standing === "degraded") {
    const sentence = `Degraded - ${healthy}, can lose ${half.toleranceNow} (designed ${half.toleranceDesigned}).`;
    return { state, word: "Degraded", sentence, titleWords: count };
  }
  const sentence = `Quorum OK - ${healthy}, can lose ${half.toleranceNow}.`;
  return { state, word: "Quorum OK", sentence, titleWords: "Quorum OK" };
}

function byDesign(voters: number): string {
  return voters === 1 ? "By design: 1 voter tolerates none." : `By design: ${voters} voters tolerate none.`;
}

function meterOf(half: HalfAssessment, current: boolean): Meter {
  const slots = (count: number, slot: MeterSlot) => Array<MeterSlot>(count).fill(slot);
  const packed = current
    ? [...slots(half.healthy, "healthy"), ...slots(half.unknown, "unknown"), ...slots(half.down, "down")]
    : slots(half.voters, "unknown");
  return { half: half.half, slots: packed, quorum: half.quorum };
}

/** The state as it was when data last came, e.g. "Last known 03:07:41: Quorum OK."; undefined while live or without data. */
export function lastKnownSentence(
  status: ClusterStatus | undefined,
  freshness: StateFreshness,
  clock: string,
): string | undefined {
  if (freshness.live || status === undefined || freshness.dataAgeMs === null) return undefined;
  const { state, word } = describeState(status, { dataAgeMs: 0, live: true });
  if (state === "unknown") return undefined;
  return `Last known ${clock}: ${word}.`;
}

/** The window's title with the state's glyph: "● local - Quorum OK". */
export function documentTitle(cluster: string, description: StateDescription): string {
  return `${titleGlyphs[description.state]} ${cluster} - ${description.titleWords}`;
}
