"use client";

import { useState } from "react";
import { type ActionResult, type ChangeContext, pageActions } from "../../client/actions";
import { useActingBlocked, useCluster, useNames } from "../../client/use_store";
import type { Assessment } from "../../protocol/assess";
import { commandFor, commandForPlan } from "../../protocol/command_line";
import { etagOf, type MemberId } from "../../protocol/membership";
import { planUnderWay } from "../../protocol/plan_words";
import { doingWords } from "../../protocol/words";
import { focusMember } from "../membership/focus";
import { useMakePlan } from "../plans/use_make_plan";
import { useClusterName } from "../shell/cluster_context";
import { Notice } from "../ui/notice";
import { ChangeModal } from "./change_modal";
import { ForceChange } from "./force_change";
import { TypeName } from "./type_name";
import { useAssessment, useBlocked } from "./use_assessment";
import { useChange } from "./use_change";
import { useCommandTarget } from "./use_command_target";

type Kind = "promote" | "demote" | "remove";

function send(
  kind: Kind,
  context: ChangeContext,
  id: MemberId,
  stopProcess: boolean | undefined,
): Promise<ActionResult> {
  const actions = pageActions();
  switch (kind) {
    case "promote":
      return actions.promote(context, id);
    case "demote":
      return actions.demote(context, id);
    case "remove":
      return actions.removeMember(context, id, stopProcess);
  }
}

/** `Also stop its process here`: offered where this machine runs it. */
function StopProcess({ checked, onChange }: { checked: boolean; onChange: (checked: boolean) => void }) {
  return (
    <label className="flex min-h-8 items-start gap-2">
      <input
        type="checkbox"
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
        className="mt-0.5 size-4 shrink-0 accent-ink"
      />
      <span>
        Also stop its process here; its data moves to <code className="font-mono">.rollcall/removed</code>.
      </span>
    </label>
  );
}

/** Whether the cluster can wait for a learner that is only behind, and promote it by itself. */
function useWaits(kind: Kind, id: MemberId, live: Assessment): boolean {
  return useCluster(useClusterName(), ({ hello, status }) => {
    const behind = live.refusal?.code === "not-caught-up" && live.safe.ok && live.canCommit.ok;
    if (kind !== "promote" || !behind || hello?.capabilities.guided.ok !== true) return false;
    const learner = status?.value.members.find((member) => member.id === id);
    return learner?.health.state === "healthy" && planUnderWay(status?.value) === undefined;
  });
}

/** Promote, demote or remove one member. The judgement is recomputed live while the dialog is open. */
export function MemberChangeDialog(props: { kind: Kind; id: MemberId; onClose: () => void }) {
  const assessment = useAssessment({ kind: props.kind, id: props.id });
  return assessment === undefined ? null : <Judged {...props} live={assessment} />;
}

function Judged({
  kind,
  id,
  live,
  onClose,
}: {
  kind: Kind;
  id: MemberId;
  live: Assessment;
  onClose: () => void;
}) {
  const nameOf = useNames(useClusterName());
  const target = useCommandTarget();
  const change = useChange({ action: kind, member: id, doing: doingWords({ kind, id }, nameOf) });
  const [atCommit, setAtCommit] = useState(live);
  const [typed, setTyped] = useState("");
  const [stopProcess, setStopProcess] = useState(true);
  const runsHere = useCluster(
    useClusterName(),
    (session) =>
      session.machine?.value.processes.some((process) => process.id === id && !process.servesPage) ?? false,
  );
  const { settled } = change;
  const assessment = settled ? live : atCommit;
  const waits = useWaits(kind, id, live);
  const plan = useMakePlan();
  const acting = useActingBlocked(useClusterName());
  const refused = useBlocked(assessment);
  const mayForce = useCluster(useClusterName(), (session) => session.hello?.mayForce ?? false);
  const force = mayForce && acting === null ? assessment.force : undefined;
  const forcing = force !== undefined && typed === force.typeName;
  const blocked = waits || forcing ? acting : refused;
  const offersStop =
    kind === "remove" && runsHere && (assessment.refusal === undefined || force !== undefined);
  const commanded = { kind, id, force: forcing, stopProcess: offersStop && stopProcess };
  const commit = async () => {
    setAtCommit(live);
    const forced = forcing ? { force: typed } : {};
    const answer = await change.run((context) =>
      send(kind, { ...context, ...forced }, id, offersStop ? stopProcess : undefined),
    );
    if (answer !== undefined) onClose();
  };
  const promoteLater = async () => {
    if (await plan.make({ kind: "promote", learner: id })) onClose();
  };
  return (
    <ChangeModal
      title={assessment.dialog.title}
      lead={assessment.dialog.lead}
      change={change}
      assessment={assessment}
      alternatives={assessment.alternatives}
      before={waits && <Notice state="degraded">{assessment.refusal?.sentence}</Notice>}
      after={
        <>
          {plan.problem !== undefined && <Notice state="at-limit">{plan.problem}</Notice>}
          {offersStop && <StopProcess checked={stopProcess} onChange={setStopProcess} />}
          {assessment.typeName !== undefined && (
            <TypeName name={assessment.typeName} verb={kind} value={typed} onChange={setTyped} />
          )}
          {force !== undefined && <ForceChange force={force} verb={kind} value={typed} onChange={setTyped} />}
        </>
      }
      command={
        waits
          ? commandForPlan({ kind: "promote", learner: id }, nameOf, target)
          : change.fence && commandFor(commanded, etagOf(change.fence), nameOf, target)
      }
      primary={plan.busy ? "Committing..." : waits ? "Promote when caught up" : assessment.dialog.primary}
      danger={assessment.dialog.danger || forcing}
      blocked={settled ? blocked : null}
      incomplete={plan.busy || (assessment.typeName !== undefined && typed !== assessment.typeName)}
      onPrimary={() => void (waits ? promoteLater() : commit())}
      onClose={onClose}
      onClosed={() => focusMember(id)}
    />
  );
}
