import type { StateDescription } from "./state";
import type { ClusterStatus } from "./status";

/** What a summary is made of. Times are ms since 1970. */
export interface CopySummaryInput {
  readonly cluster: string;
  readonly status: ClusterStatus | undefined;
  readonly description: StateDescription;
  /** Since when the state is what it is; null when not known. */
  readonly stateSince: number | null;
  readonly lastChange: { readonly words: string; readonly time: number } | null;
  /** Where the facts come from, e.g. the console's URL. */
  readonly source: string;
  /** Age of the newest fact; null: there never was one. */
  readonly dataAgeMs: number | null;
  readonly now: number;
}

/** Six plain lines for an incident channel: state and since, leader and term, members, last change, source, UTC time. */
export function copySummary(input: CopySummaryInput): string {
  throw new Error(`not written yet ${String(input)}`);
}
