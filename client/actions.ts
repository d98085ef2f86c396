import type {
  AddLearnerBody,
  ChangedAnswer,
  HistoryEntry,
  MemberChange,
  RequestOutcome,
} from "../protocol/api";
import type { Assessment } from "../protocol/assess";
import type { MemberId, MembershipView } from "../protocol/membership";
import type { Problem } from "../protocol/problem";

/** How a change ended, as far as this browser can know. */
export type ActionResult =
  | { readonly kind: "applied"; readonly answer: ChangedAnswer }
  /** The cluster moved on; nothing was done. `membership`: the newest view, where the server sent it. */
  | {
      readonly kind: "fence-lost";
      readonly membership: MembershipView | undefined;
      readonly problem: Problem;
    }
  | { readonly kind: "bad-input"; readonly field: string | undefined; readonly problem: Problem }
  | { readonly kind: "no-leader"; readonly problem: Problem }
  | { readonly kind: "refused"; readonly problem: Problem }
  /** It was sent, and no readable answer came: it may have been applied. Never to be called failed. */
  | { readonly kind: "outcome-unknown"; readonly requestId: string; readonly deadlineAt: number };

/** What every change carries. */
export interface ChangeContext {
  readonly cluster: string;
  /** The fence of the view the operator saw (`etagOf`). */
  readonly etag: string;
  /** Made up when absent; give the same one to repeat a request. */
  readonly requestId?: string;
}

/** What a reading ended with. */
export type ReadResult<T> =
  | { readonly ok: true; readonly value: T }
  /** `problem` undefined: no readable answer came. */
  | { readonly ok: false; readonly problem: Problem | undefined };

/** The HTTP API as typed calls. */
export interface Actions {
  addLearner(context: ChangeContext, body: AddLearnerBody): Promise<ActionResult>;
  promote(context: ChangeContext, id: MemberId): Promise<ActionResult>;
  demote(context: ChangeContext, id: MemberId): Promise<ActionResult>;
  removeMember(context: ChangeContext, id: MemberId, stopProcess?: boolean): Promise<ActionResult>;
  /** Several changes at once, joint. */
  change(context: ChangeContext, changes: readonly MemberChange[]): Promise<ActionResult>;
  /** Fenced by the leader and term the operator saw. */
  transfer(
    context: Omit<ChangeContext, "etag">,
    body: { readonly target: MemberId; readonly leader: MemberId | null; readonly term: number },
  ): Promise<ActionResult>;
  assess(cluster: string, changes: readonly MemberChange[]): Promise<ReadResult<Assessment>>;
  nextLearner(
    cluster: string,
  ): Promise<ReadResult<{ readonly id: MemberId; readonly name: string; readonly address: string | null }>>;
  history(
    cluster: string,
    after: number,
    limit?: number,
  ): Promise<ReadResult<{ readonly entries: readonly HistoryEntry[]; readonly more: boolean }>>;
  requestOutcome(cluster: string, requestId: string): Promise<ReadResult<RequestOutcome>>;
  /** Ends the doubt about a request, after its deadline. */
  settleRequest(cluster: string, requestId: string): Promise<ReadResult<RequestOutcome>>;
  clusters(): Promise<ReadResult<readonly ClusterSummary[]>>;
}

/** One row of the overview. */
export interface ClusterSummary {
  readonly name: string;
  readonly kind: "embedded" | "etcd" | "d-engine";
  readonly state: "ok" | "degraded" | "at-limit" | "lost" | "unknown";
  readonly sentence: string;
}

/** What the calls need of their surroundings. */
export interface ActionPorts {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly now: () => number;
  readonly requestId: () => string;
  /** Time (ms) after which the leader refuses a change, sent with it. */
  readonly deadlineMs: number;
  /** Aborts a call this long (ms) after its deadline. */
  readonly graceMs: number;
}

export function createActions(ports: ActionPorts): Actions {
  throw new Error(`not written yet ${String(ports)}`);
}

/** The calls of this page. */
export function pageActions(): Actions {
  throw new Error("not written yet");
}
