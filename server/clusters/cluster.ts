import type {
  AddLearnerBody,
  ChangedAnswer,
  CreatePlanBody,
  HistoryEntry,
  MemberChange,
  PlanVerb,
  RequestOutcome,
} from "../../protocol/api";
import type { MembershipView } from "../../protocol/membership";
import type { Problem } from "../../protocol/problem";
import type { Capabilities, ClusterStatus } from "../../protocol/status";
import type { Receiver } from "../engine/types";

/** What every action carries. */
export interface ActionContext {
  /** The view the operator saw. */
  readonly fence: { readonly epoch: string; readonly committedIndex: number };
  readonly requestId: string;
  readonly actor: string;
  /** Milliseconds for which the answering node goes on trying. */
  readonly timeoutMs: number;
  /** The name typed to force a change that loses quorum; only where `canForce`. */
  readonly force?: string;
}

/** How an action ended. A problem with code `outcome-unknown` may have been applied; any other was not. */
export type ActionResult =
  | { readonly ok: true; readonly answer: ChangedAnswer }
  | { readonly ok: false; readonly problem: Problem };

/** Part of a history, and whether there is more after it. */
export interface HistoryPage {
  readonly entries: readonly HistoryEntry[];
  readonly more: boolean;
}

/** What a learner would be called that is added now. */
export interface NextLearner {
  readonly id: string;
  readonly name: string;
  /** Null: the operator says it. */
  readonly address: string | null;
}

/** A change as the API names it. Ids are decimal digits; `changes` are all made or none. */
export type Action =
  | ({ readonly kind: "add-learner" } & AddLearnerBody)
  | { readonly kind: "promote"; readonly id: string }
  | { readonly kind: "demote"; readonly id: string }
  | { readonly kind: "remove"; readonly id: string; readonly stopProcess?: boolean }
  | { readonly kind: "update-address"; readonly id: string; readonly peerUrls: readonly string[] }
  | { readonly kind: "changes"; readonly changes: readonly MemberChange[] };

/**
 * The one seam between the console and any engine. Gateway, protocol and page never ask which kind is behind it:
 * what a cluster cannot do stands in `capabilities`, with the reason.
 */
export interface Cluster {
  /** As it stands in URLs: lower-case letters, digits and dashes. */
  readonly name: string;
  readonly kind: "embedded" | "etcd" | "d-engine";
  /** Another object when they change; the status is then told anew. */
  readonly capabilities: Capabilities;
  /** Its guard lets an operator force what loses quorum, and its history says so. */
  readonly canForce?: true;
  /** Newest membership only; indexes rise strictly within an epoch. */
  watchMembership(): Receiver<MembershipView>;
  /** Newest status only, refreshed once or twice a second. */
  watchStatus(): Receiver<ClusterStatus>;
  act(action: Action, context: ActionContext): Promise<ActionResult>;
  /** Moves leadership, fenced by the leader and term the operator saw. */
  transfer(
    target: string,
    seen: { readonly leader: string | null; readonly term: number },
    context: Omit<ActionContext, "fence">,
  ): Promise<ActionResult>;
  /** Makes a guided plan under the request's id; a repeat is the same plan. A problem: none was made, or `outcome-unknown`. */
  createPlan(plan: CreatePlanBody, context: Omit<ActionContext, "fence">): Promise<Problem | undefined>;
  /** `typedName` comes with the verb `confirm`. */
  steerPlan(id: string, verb: PlanVerb, typedName?: string): Promise<Problem | undefined>;
  /** Id, name and, where it starts one here, address that would be picked for a learner now. */
  nextLearner(): Promise<NextLearner | Problem>;
  /** A linearizable look at a request id. A problem: it could not be read. */
  requestOutcome(requestId: string): Promise<RequestOutcome | Problem>;
  /** Ends the doubt about a request id; never answers `pending`. */
  settleRequest(requestId: string): Promise<RequestOutcome | Problem>;
  /** Oldest first, entries with index > after. */
  history(after: number, limit: number): Promise<HistoryPage | Problem>;
  /** Whether this console can serve at all: false while its own node starts. */
  ready(): boolean;
  /** Who this process is in the cluster; nulls for an attached one. */
  identity(): {
    readonly clusterId: string | null;
    readonly nodeId: string | null;
    readonly uuid: string | null;
  };
  close(): Promise<void>;
}

/** Starts, stops and watches processes of this machine; only under `rollcall up`. */
export interface ProcessHost {
  watch(): Receiver<import("../../protocol/machine").Machine>;
  act(
    id: string,
    action: import("../../protocol/machine").ProcessAction,
    confirmQuorumLoss: boolean,
  ): Promise<Problem | undefined>;
  setLoad(ratePerSecond: 0 | 100 | 1000): Problem | undefined;
  /** host:port that `prepareLearner` would pick now where the wish names none; null: it cannot say. */
  nextAddress(): string | null;
  /**
   * Starts a process for a new learner that has its ports bound and waits to be proposed. The caller then proposes it and
   * ends with `keep` (added, or outcome unknown) or `discard` (definitely refused).
   */
  prepareLearner(wish: {
    readonly id: string;
    readonly name: string;
    readonly address: string | undefined;
  }): Promise<
    { readonly address: string; readonly keep: () => void; readonly discard: () => Promise<void> } | Problem
  >;
  /** Stops a removed member's process and sets its data aside; a no-op where it runs elsewhere. */
  retire(id: string): Promise<void>;
}
