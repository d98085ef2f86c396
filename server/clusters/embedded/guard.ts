import { assessChange } from "../../../protocol/assess";
import type { ProblemCode } from "../../../protocol/problem";
import type { ChangeGuard, ChangeRefusal, EngineStatus } from "../../engine/types";
import { toClusterStatus } from "./cluster_status";
import { toWireChange } from "./ids";

/** Codes the assessment shares with the engine and that carry nothing but their sentence. */
const sentenceOnly = [
  "bad-input",
  "already-member",
  "address-taken",
  "not-a-member",
  "not-a-learner",
  "not-a-voter",
  "not-caught-up",
  "would-lose-quorum",
  "no-leader",
  "not-ready",
] as const satisfies readonly (ProblemCode & ChangeRefusal["code"])[];

/**
 * Judges a change on the leader with the very code that the browser previews it with. Given to the engine, which asks in the same
 * turn as it appends, so the facts cannot move in between. The change under way is the engine's own affair and is not judged here.
 */
export const changeGuard: ChangeGuard = (changes, status, force) => {
  const view = toClusterStatus(status);
  const { refusal, force: offered } = assessChange({
    configuration: view.configuration,
    members: view.members,
    leadership: view.leadership,
    changes: changes.map(toWireChange),
    loopbackOnly: view.loopbackOnly,
  });
  if (refusal === undefined) return undefined;
  if (force === undefined || offered === undefined) {
    return toRefusal(refusal.code, refusal.sentence, status);
  }
  if (force === offered.typeName) return undefined;
  const detail = `To force it, ${offered.typeName} has to be typed; nothing was done. ${refusal.sentence}`;
  return toRefusal(refusal.code, detail, status);
};

function toRefusal(code: ProblemCode, detail: string, status: EngineStatus): ChangeRefusal {
  if (code === "change-in-progress") return { code, change: status.changeInProgress };
  const shared = sentenceOnly.find((one) => one === code);
  return { code: shared ?? "invalid-change", detail };
}
