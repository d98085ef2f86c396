"use client";

import { useRef, useState } from "react";
import { pageActions } from "../../client/actions";
import { useActingBlocked, useCluster, useNames } from "../../client/use_store";
import { assessTransfer, type TransferAssessment } from "../../protocol/assess";
import { commandFor } from "../../protocol/command_line";
import { etagOf, type MemberId } from "../../protocol/membership";
import type { Leadership } from "../../protocol/status";
import { doingWords } from "../../protocol/words";
import { focusMember } from "../membership/focus";
import { announce } from "../shell/announce";
import { useClusterName } from "../shell/cluster_context";
import { ChangeModal } from "./change_modal";
import { Candidates } from "./transfer_candidates";
import { useAssessInput } from "./use_assessment";
import { useChange } from "./use_change";
import { useCommandTarget } from "./use_command_target";

/** Who led when the dialog opened: what fences a transfer, since the index does not move with an election. */
type Seen = Pick<Leadership, "id" | "term">;

function movedSentence(seen: Seen, now: Seen, nameOf: (id: MemberId) => string): string | undefined {
  if (seen.id === now.id && seen.term === now.term) return undefined;
  if (now.id === null) return "The leader stepped down while you were reading; nothing was done.";
  if (seen.id === now.id)
    return `${nameOf(now.id)} was elected again, term ${now.term}, while you were reading; nothing was done.`;
  return `Leadership moved to ${nameOf(now.id)} while you were reading; nothing was done.`;
}

/** Moves leadership to another voter, fenced by the leader and term that the operator saw. */
export function TransferDialog({ target, onClose }: { target: MemberId | undefined; onClose: () => void }) {
  const input = useAssessInput();
  if (input === undefined) return null;
  return (
    <Judged
      assessment={assessTransfer(input)}
      leadership={input.leadership}
      wished={target}
      onClose={onClose}
    />
  );
}

function Judged({
  assessment,
  leadership,
  wished,
  onClose,
}: {
  assessment: TransferAssessment;
  leadership: Leadership;
  wished: MemberId | undefined;
  onClose: () => void;
}) {
  const cluster = useClusterName();
  const nameOf = useNames(cluster);
  const view = useCluster(cluster, (session) => session.view);
  const acting = useActingBlocked(cluster);
  const at = useCommandTarget();
  const [seen, setSeen] = useState<Seen>({ id: leadership.id, term: leadership.term });
  const [picked, setPicked] = useState(wished);
  const asked = useRef<MemberId>(undefined);
  const possible = assessment.candidates.filter((candidate) => candidate.ok);
  const target = possible.find((candidate) => candidate.id === picked)?.id ?? assessment.suggested;
  const doing = target === undefined ? "" : doingWords({ kind: "transfer", id: target }, nameOf);
  const change = useChange({ action: "transfer", member: target ?? null, doing });
  const reviewing = change.stage.kind === "review";
  const moved = reviewing ? movedSentence(seen, leadership, nameOf) : undefined;
  const commit = async () => {
    if (target === undefined) return;
    asked.current = target;
    const body = { target, leader: seen.id, term: seen.term };
    const answer = await change.run(({ cluster: name, requestId }) =>
      pageActions().transfer({ cluster: name, ...(requestId ? { requestId } : {}) }, body),
    );
    if (answer === undefined) return;
    if (answer.leader) announce(`${nameOf(answer.leader.id)} leads term ${answer.leader.term}.`);
    onClose();
  };
  const run = {
    ...change,
    // Leadership fences a transfer, not the index.
    fenceLost: moved,
    reviewAgain: () => {
      setSeen({ id: leadership.id, term: leadership.term });
      change.reviewAgain();
    },
  };
  return (
    <ChangeModal
      title={assessment.title}
      lead={assessment.lead}
      change={run}
      before={
        <Candidates candidates={assessment.candidates} value={target} onChange={setPicked} off={!reviewing} />
      }
      command={
        target === undefined || view === undefined
          ? undefined
          : commandFor({ kind: "transfer", id: target }, etagOf(view), nameOf, at)
      }
      primary={target === undefined ? "Transfer" : `Transfer to ${nameOf(target)}`}
      danger={false}
      blocked={reviewing ? (acting ?? assessment.refusal ?? null) : null}
      incomplete={target === undefined}
      onPrimary={() => void commit()}
      onClose={onClose}
      onClosed={(restore) => {
        // Once it leads, the target is no candidate any more.
        const row = asked.current ?? target;
        if (row === undefined) restore();
        else focusMember(row);
      }}
    />
  );
}
