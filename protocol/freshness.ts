import { DISCONNECTED_AFTER_MS, STALE_AFTER_MS } from "./frames";

/** The hop from this browser to the console's backend. */
export type BrowserHop = "connecting" | "live" | "stale" | "disconnected";
/** The hop from the backend to the cluster; unknown before the first status frame. */
export type ClusterHop = "live" | "stale" | "unknown";

/** What freshness is judged by; ages in ms. */
export interface FreshnessInput {
  /** opening: no connection was ever had and the first one is under way. */
  readonly socket: "opening" | "open" | "closed";
  /** Since the last frame of any kind; null: none came yet. */
  readonly frameAgeMs: number | null;
  /** Age of the newest fact about the cluster, time since its frame included; null: none yet. */
  readonly factAgeMs: number | null;
}

/** How far what the page shows may be trusted. */
export interface Freshness {
  readonly browser: BrowserHop;
  readonly cluster: ClusterHop;
  /** Both hops live: what is shown is current, and acting is allowed. */
  readonly live: boolean;
  /** The worse hop in one word. */
  readonly word: "Connecting" | "Live" | "Stale" | "Disconnected";
  /** Age of the newest fact; null: there never was one. */
  readonly dataAgeMs: number | null;
}

function browserHop(input: FreshnessInput): BrowserHop {
  if (input.socket === "closed") return "disconnected";
  if (input.socket === "opening" || input.frameAgeMs === null) return "connecting";
  if (input.frameAgeMs >= DISCONNECTED_AFTER_MS) return "disconnected";
  return input.frameAgeMs >= STALE_AFTER_MS ? "stale" : "live";
}

/** Judges both hops by ages alone: no frame for 5 s is Stale, for 10 s or a closed socket Disconnected; no fact under 5 s old is Stale. */
export function freshnessOf(input: FreshnessInput): Freshness {
  const browser = browserHop(input);
  const cluster = input.factAgeMs === null ? "unknown" : input.factAgeMs < STALE_AFTER_MS ? "live" : "stale";
  const live = browser === "live" && cluster === "live";
  return { browser, cluster, live, word: wordOf(browser, cluster), dataAgeMs: input.factAgeMs };
}

function wordOf(browser: BrowserHop, cluster: ClusterHop): Freshness["word"] {
  if (browser === "disconnected") return "Disconnected";
  if (browser === "connecting") return "Connecting";
  if (browser === "stale" || cluster === "stale") return "Stale";
  return cluster === "live" ? "Live" : "Connecting";
}
