import type { ConfigurationAssessment } from "./quorum";

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
