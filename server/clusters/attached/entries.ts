import type { HistoryEntry, RequestOutcome } from "../../../protocol/api";
import { MADE_ELSEWHERE } from "../../../protocol/history_words";
import type { MembershipView } from "../../../protocol/membership";
import type { ActionResult } from "../cluster";
import type { SeenChange } from "./effects";
import type { Begun, Intent } from "./records";

type Change = HistoryEntry["changes"][number];

/** What a request was about, as far as ids are known. */
function changesOf(intent: Intent, learner?: { readonly id: string; readonly name: string }): Change[] {
  const { kind, name } = intent;
  const id = intent.id ?? learner?.id;
  if (id === undefined) return [];
  // The member that is made leader, as an embedded cluster records it.
  return [{ kind: kind === "transfer" ? "promote" : kind, id, name: learner?.name || name }];
}

function standing(view: MembershipView | undefined): Pick<HistoryEntry, "members" | "learners" | "sequence"> {
  const { members = [], learners = [] } = view?.snapshot ?? {};
  return { members, learners, sequence: view?.sequence ?? 0 };
}

function entryOf(begun: Begun, view: MembershipView | undefined): HistoryEntry {
  const { index, term, time, intent, actor, requestId } = begun;
  return {
    index: Math.max(index, view?.snapshot.committedIndex ?? 0),
    term,
    time,
    kind: intent.kind,
    changes: changesOf(intent),
    actor,
    requestId,
    outcome: "unknown",
    reason: "",
    refusedBy: null,
    ...standing(view),
  };
}

/** The line of a request that ended, in the history. */
export function endedEntry(
  begun: Begun,
  result: ActionResult,
  rejected: boolean,
  view: MembershipView | undefined,
): HistoryEntry {
  const base = entryOf(begun, view);
  if (result.ok) {
    const { index, membership, learner, leader } = result.answer;
    return {
      ...base,
      index,
      term: leader?.term ?? base.term,
      changes: changesOf(begun.intent, learner),
      outcome: "applied",
      ...standing(membership),
    };
  }
  const { code, detail } = result.problem;
  if (code === "outcome-unknown") return base;
  return { ...base, outcome: rejected ? "rejected" : "refused", reason: detail };
}

/** The line of a request whose outcome became known later. `added`: the member that it added, where the cluster drew its id. */
export function settledEntry(
  begun: Begun,
  outcome: Exclude<RequestOutcome, { state: "pending" }>,
  view: MembershipView | undefined,
  time: number,
  added?: { readonly id: string; readonly name: string },
): HistoryEntry {
  const base = { ...entryOf(begun, view), time, changes: changesOf(begun.intent, added) };
  switch (outcome.state) {
    case "applied":
      return { ...base, index: outcome.index, outcome: "applied" };
    case "rejected":
      return { ...base, outcome: "rejected", reason: outcome.reason };
    case "not-applied":
      return { ...base, outcome: "rejected", reason: "it had no effect" };
  }
}

/** The line of a change that was seen and that this console did not make. */
export function elsewhereEntry(
  change: SeenChange,
  view: MembershipView,
  index: number,
  time: number,
): HistoryEntry {
  const { kind, id, name } = change;
  return {
    index,
    term: 0,
    time,
    kind,
    changes: [{ kind, id, name }],
    actor: MADE_ELSEWHERE,
    requestId: "",
    outcome: "applied",
    reason: "",
    refusedBy: null,
    ...standing(view),
  };
}
