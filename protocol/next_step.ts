import type { Machine } from "./machine";
import type { MemberId } from "./membership";
import type { StateDescription } from "./state";
import type { ClusterStatus } from "./status";

/** What the page offers beside the next step's text. */
export type SuggestedAction =
  /** Start the member's process on this machine. */
  | { readonly kind: "start"; readonly id: MemberId; readonly label: string }
  /** Let the member's frozen process go on. */
  | { readonly kind: "thaw"; readonly id: MemberId; readonly label: string }
  /** Open the add-learner dialog. */
  | { readonly kind: "add-learner"; readonly label: string }
  /** Open the promote dialog for a learner that is ready. */
  | { readonly kind: "promote"; readonly id: MemberId; readonly label: string }
  /** Open another member's own console, with the same query. */
  | { readonly kind: "open-console"; readonly id: MemberId; readonly url: string; readonly label: string }
  /** Connect again now. */
  | { readonly kind: "retry-now"; readonly label: string };

/** One line of advice, and what can be done about it here. */
export interface NextStep {
  readonly text: string;
  readonly actions: readonly SuggestedAction[];
}

/** What the next step depends on. Times as the reader's clock shows them; ages in ms. */
export interface NextStepInput {
  readonly status: ClusterStatus | undefined;
  /** Time since the status was composed. */
  readonly elapsedMs: number;
  readonly description: StateDescription;
  /** The browser hop. `since`: local time of the last frame, e.g. "03:07:41". */
  readonly hop:
    | { readonly kind: "connecting" }
    | { readonly kind: "live" }
    | { readonly kind: "stale"; readonly since: string }
    /** `retryInMs` null: an attempt is under way. */
    | { readonly kind: "disconnected"; readonly since: string; readonly retryInMs: number | null };
  /** Local time of the newest fact about the cluster, for the stale cluster hop. */
  readonly factTime: string | null;
  /** How long the state has been what it is; null when not known. */
  readonly stateForMs: number | null;
  /** The last membership change, e.g. { words: "n4 removed", ageMs }. */
  readonly lastChange: { readonly words: string; readonly ageMs: number } | null;
  /** Processes of this machine; absent where Rollcall runs none. */
  readonly machine?: Machine;
}

/** What the operator should do next, by the state: the "next step" row of the interface. */
export function nextStep(input: NextStepInput): NextStep {
  throw new Error(`not written yet ${String(input)}`);
}
