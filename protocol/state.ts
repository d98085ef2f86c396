import type { MemberId } from "./membership";
import { assessConfiguration, type ConfigurationAssessment, healthIn } from "./quorum";
import type { ClusterStatus } from "./status";

export { type NextStep, type NextStepInput, nextStep, type SuggestedAction } from "./next_step";
export { type CopySummaryInput, copySummary } from "./summary";

/** The five states of a cluster, as in `GET /api/clusters`. */
export type ClusterState = "ok" | "degraded" | "at-limit" | "lost" | "unknown";

/** Each state's own shape, so that colour is never needed to read it. */
export type StateShape = "disc" | "diamond" | "triangle" | "octagon" | "ring";

/** What a voter slot of the meter shows. */
export type MeterSlot = "healthy" | "unknown" | "down";

/** One gauge: slots packed healthy, unknown, down; the tick stands after slot `quorum`. */
export interface Meter {
  readonly half: "incoming" | "outgoing";
  readonly slots: readonly MeterSlot[];
  readonly quorum: number;
}

/** How far the status may be trusted. Ages in ms. */
export interface StateFreshness {
  /** Age of the newest fact about the cluster; null: there never was one. */
  readonly dataAgeMs: number | null;
  /** Both hops live. When false the state is unknown, whatever the status says. */
  readonly live: boolean;
  /** Time since the status was composed, added to its ages; 0 if absent. */
  readonly elapsedMs?: number;
  /** The browser has no connection: worth an alert. */
  readonly disconnected?: boolean;
}

/** The state of a cluster as page, API and CLI say it. */
export interface StateDescription {
  readonly state: ClusterState;
  readonly shape: StateShape;
  /** The state in a word or two, for titles and for "Last known": "Quorum OK", "Quorum lost". */
  readonly word: string;
  readonly sentence: string;
  /** Present where the limit is the cluster's size, not a fault: "By design: 2 voters tolerate none." */
  readonly byDesign?: string;
  /** Whether a screen reader is interrupted: quorum lost, or the connection. */
  readonly alert: boolean;
  /** The end of the window's title, after the dash: "Quorum OK", "2 of 3", "no data". */
  readonly titleWords: string;
  /** How voters stand; undefined while no status is known. Kept while stale, where it is last known. */
  readonly assessment: ConfigurationAssessment | undefined;
  /** One gauge, two while joint (outgoing, incoming); every slot is unknown while not live. */
  readonly meters: readonly Meter[];
}

/** The facts at the right of the band, each one line. */
export interface StateFacts {
  readonly leader: string;
  readonly tolerance: string;
  readonly index: string;
  readonly leaderId: MemberId | null;
}

/** Describes a cluster's state by the table of the interface's first section; the first row that matches wins. */
export function describeState(
  status: ClusterStatus | undefined,
  freshness: StateFreshness,
): StateDescription {
  throw new Error(
    `not written yet ${String(status)} ${String(freshness)} ${String(assessConfiguration)} ${String(healthIn)}`,
  );
}

/** The state as it was when data last came, e.g. "Last known 03:07:41: Quorum OK."; undefined while live or without data. */
export function lastKnownSentence(
  status: ClusterStatus | undefined,
  freshness: StateFreshness,
  clock: string,
): string | undefined {
  throw new Error(`not written yet ${String(status)} ${String(freshness)} ${clock}`);
}

/** "Leader n1, 3 of 3 agree, term 2", "Can lose 1 now, 1 designed", "Index 12". */
export function describeFacts(status: ClusterStatus, description: StateDescription): StateFacts {
  throw new Error(`not written yet ${String(status)} ${String(description)}`);
}

/** The window's title with the state's glyph: "● local - Quorum OK". */
export function documentTitle(cluster: string, description: StateDescription): string {
  throw new Error(`not written yet ${cluster} ${String(description)}`);
}
