"use client";

import { useState } from "react";
import { type ActionResult, type ChangeContext, pageActions } from "../../client/actions";
import { useCluster, useNames } from "../../client/use_store";
import type { Assessment } from "../../protocol/assess";
import { etagOf, type MemberId } from "../../protocol/membership";
import { commandFor, doingWords } from "../../protocol/words";
import { focusMember } from "../membership/focus";
import { useClusterName } from "../shell/cluster_context";
import { ChangeModal } from "./change_modal";
import { TypeName } from "./type_name";
import { useAssessment, useBlocked } from "./use_assessment";
import { useChange } from "./use_change";

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
  const change = useChange({ action: kind, member: id, doing: doingWords({ kind, id }, nameOf) });
  const [atCommit, setAtCommit] = useState(live);
  const [typed, setTyped] = useState("");
  const [stopProcess, setStopProcess] = useState(true);
  const runsHere = useCluster(
    useClusterName(),
    (session) =>
      session.machine?.value.processes.some((process) => process.id === id && !process.servesPage) ?? false,
  );
  // While it commits the change itself is what is in progress: the judgement stands still.
  const settled = change.stage.kind === "review" || change.stage.kind === "fence-lost";
  const assessment = settled ? live : atCommit;
  const blocked = useBlocked(assessment);
  const offersStop = kind === "remove" && runsHere;
  const commit = async () => {
    setAtCommit(live);
    const answer = await change.run((context) =>
      send(kind, context, id, offersStop ? stopProcess : undefined),
    );
    if (answer !== undefined) onClose();
  };
  return (
    <ChangeModal
      title={assessment.dialog.title}
      lead={assessment.dialog.lead}
      change={change}
      assessment={assessment}
      alternatives={assessment.alternatives}
      after={
        <>
          {offersStop && <StopProcess checked={stopProcess} onChange={setStopProcess} />}
          {assessment.typeName !== undefined && (
            <TypeName name={assessment.typeName} verb={kind} value={typed} onChange={setTyped} />
          )}
        </>
      }
      command={change.fence && commandFor({ kind, id }, etagOf(change.fence), nameOf)}
      primary={assessment.dialog.primary}
      danger={assessment.dialog.danger}
      blocked={settled ? blocked : null}
      incomplete={assessment.typeName !== undefined && typed !== assessment.typeName}
      onPrimary={() => void commit()}
      onClose={onClose}
      onClosed={() => focusMember(id)}
    />
  );
}
