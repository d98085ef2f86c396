import type { MembershipView } from "../../../protocol/membership";
import { type Problem, type ProblemCode, problem } from "../../../protocol/problem";
import { busySentence, type NameOf } from "../../../protocol/words";
import type { ChangeRefusal } from "../../engine/types";
import { toWireProgress } from "./cluster_status";
import { toMemberId } from "./ids";

/** What a refusal is told with. */
export interface RefusalContext {
  readonly nameOf: NameOf;
  /** The newest membership, for a lost fence. */
  readonly newest: MembershipView;
  /** The fence the operator sent; undefined where the request had none. */
  readonly fenceIndex: number | undefined;
}

/** Refusals whose sentence comes from where they were made, with the field of the request they are about. */
const told = {
  "bad-input": ["bad-input", undefined],
  "already-member": ["already-member", "id"],
  "address-taken": ["address-taken", "address"],
  "not-a-member": ["not-a-member", undefined],
  "not-a-learner": ["not-a-learner", undefined],
  "not-a-voter": ["not-a-voter", undefined],
  "not-caught-up": ["not-caught-up", undefined],
  "would-lose-quorum": ["would-lose-quorum", undefined],
  "invalid-change": ["invalid-change", undefined],
  "request-id-reused": ["request-id-reused", undefined],
  "request-closed": ["request-id-reused", undefined],
  "no-leader": ["no-leader", undefined],
  "not-ready": ["not-ready", undefined],
  "too-many-requests": ["too-many-requests", undefined],
} as const satisfies Record<string, readonly [ProblemCode, string | undefined]>;

/** An id that was removed never comes back. */
export function retiredProblem(
  refusal: Pick<Extract<ChangeRefusal, { code: "id-retired" }>, "id" | "index" | "nextFreeId">,
): Problem {
  const nextFreeId = toMemberId(refusal.nextFreeId);
  const detail = `Id ${refusal.id} was removed at index ${refusal.index} and stays retired. Next free: ${nextFreeId}.`;
  return problem("id-retired", detail, { field: "id", nextFreeId });
}

/** A removed node takes no changes. */
export function removedProblem(index: number): Problem {
  return problem(
    "node-removed",
    `This node was removed at index ${index} and only shows its last view. Use the console of a member.`,
  );
}

/** Tells the operator why a change was not made. Nothing of it happened. */
export function toProblem(refusal: ChangeRefusal, context: RefusalContext): Problem {
  const { nameOf } = context;
  switch (refusal.code) {
    case "fence-lost":
      return problem("fence-lost", fenceSentence(context), { membership: context.newest });
    case "change-in-progress": {
      const inProgress = toWireProgress(refusal.change);
      const detail =
        inProgress === undefined
          ? "Another change is under way; wait until it has ended."
          : busySentence(inProgress, nameOf);
      return problem("change-in-progress", detail, { inProgress });
    }
    case "node-removed":
      return removedProblem(refusal.index);
    case "id-retired":
      return retiredProblem(refusal);
    case "leader-changed": {
      const leader = leaderOf(refusal);
      const now =
        leader.id === null ? "Nobody leads now" : `${nameOf(leader.id)} leads term ${leader.term} now`;
      return problem("leader-changed", `${now}; nothing was done.`, { leader });
    }
    case "transfer-failed": {
      const leader = leaderOf(refusal);
      const now =
        leader.id === null ? "nobody leads yet" : `${nameOf(leader.id)} still leads term ${leader.term}`;
      return problem("transfer-failed", `${nameOf(toMemberId(refusal.target))} did not take over; ${now}.`, {
        leader,
      });
    }
    default: {
      const [code, field] = told[refusal.code];
      return problem(code, refusal.detail, field === undefined ? {} : { field });
    }
  }
}

function leaderOf(refusal: { readonly leader?: number | undefined; readonly term: number }) {
  return { id: refusal.leader === undefined ? null : toMemberId(refusal.leader), term: refusal.term };
}

function fenceSentence(context: RefusalContext): string {
  const { committedIndex } = context.newest.snapshot;
  const seen = context.fenceIndex === undefined ? "" : ` since index ${context.fenceIndex}`;
  return `The cluster changed${seen} and is at index ${committedIndex} now; nothing was done. Look again and repeat.`;
}
