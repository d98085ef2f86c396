"use client";

import { useRef, useState } from "react";
import { pageActions } from "../../client/actions";
import { useNames } from "../../client/use_store";
import type { ChangedAnswer } from "../../protocol/api";
import type { Assessment } from "../../protocol/assess";
import { commandFor, commandForPlan } from "../../protocol/command_line";
import { etagOf, type MemberId } from "../../protocol/membership";
import { doingWords } from "../../protocol/words";
import { focusMember } from "../membership/focus";
import { useMakePlan } from "../plans/use_make_plan";
import { useClusterName } from "../shell/cluster_context";
import { Notice } from "../ui/notice";
import { ChangeModal } from "./change_modal";
import { LearnerFieldsets } from "./learner_fieldsets";
import {
  type Addition,
  additionOf,
  commandedAddition,
  type LearnerForm,
  useLearnerForm,
} from "./learner_form";
import { LearnerStart } from "./learner_start";
import { Queue, useNoRoom } from "./queue_learner";
import { rememberStartCommand } from "./start_commands";
import { useAssessment, useBlocked } from "./use_assessment";
import { useChange } from "./use_change";
import { useCommandTarget } from "./use_command_target";

/** Adds a learner: started on this machine, or by the operator elsewhere, who then gets the command for it. */
export function AddLearnerDialog({ onClose }: { onClose: () => void }) {
  const cluster = useClusterName();
  const form = useLearnerForm();
  const [added, setAdded] = useState<ChangedAnswer["learner"]>();
  const change = additionOf(form);
  const assessment = useAssessment(change);
  if (added?.command !== undefined) {
    return <LearnerStart learner={added} command={added.command} onClose={onClose} />;
  }
  if (assessment === undefined) return null;
  const onAdded = ({ learner }: ChangedAnswer) => {
    if (learner?.command === undefined) return onClose();
    rememberStartCommand(cluster, learner);
    setAdded(learner);
  };
  return <Judged change={change} live={assessment} form={form} onAdded={onAdded} onClose={onClose} />;
}

function Judged(props: {
  change: Addition;
  live: Assessment;
  form: LearnerForm;
  onAdded: (answer: ChangedAnswer) => void;
  onClose: () => void;
}) {
  const { change, live, form } = props;
  const nameOf = useNames(useClusterName());
  const target = useCommandTarget();
  const run = useChange({ action: "add", member: change.id, doing: doingWords(change, nameOf) });
  const [atCommit, setAtCommit] = useState(live);
  const added = useRef<MemberId>(undefined);
  const reviewing = run.stage.kind === "review";
  const { problem, settled } = run;
  const assessment = settled ? live : atCommit;
  const acting = useBlocked({ ...assessment, ...(form.complete ? {} : { refusal: undefined }) });
  const plan = useMakePlan();
  const room = useNoRoom(form.traits);
  const [unqueued, setUnqueued] = useState(false);
  const queued = room !== undefined && !unqueued;
  const body = form.body();
  const later = { kind: "add-learner", name: body.name ?? "", peerUrls: body.peerUrls ?? [] } as const;
  const queue = async () => {
    if (await plan.make(later)) props.onClose();
  };
  const commit = async () => {
    setAtCommit(live);
    const answer = await run.run((context) => pageActions().addLearner(context, body));
    if (answer === undefined) return;
    added.current = answer.learner?.id ?? change.id;
    props.onAdded(answer);
  };
  return (
    <ChangeModal
      title={assessment.dialog.title}
      lead={assessment.dialog.lead}
      change={run}
      problemShown={problem?.field === undefined}
      assessment={assessment}
      before={<LearnerFieldsets form={form} problem={problem} off={!reviewing} />}
      after={
        room !== undefined && (
          <>
            <Queue text={room} queued={queued} off={!reviewing || plan.busy} onChange={setUnqueued} />
            {plan.problem !== undefined && <Notice state="at-limit">{plan.problem}</Notice>}
          </>
        )
      }
      command={
        run.fence === undefined || !form.complete
          ? undefined
          : queued
            ? commandForPlan(later, nameOf, target)
            : commandFor(commandedAddition(form), etagOf(run.fence), nameOf, target)
      }
      primary={plan.busy ? "Committing..." : queued ? `Queue ${later.name}` : assessment.dialog.primary}
      danger={assessment.dialog.danger}
      blocked={settled ? acting : null}
      incomplete={!form.complete || plan.busy}
      onPrimary={() => void (queued ? queue() : commit())}
      onClose={props.onClose}
      onClosed={(restore) => (added.current === undefined ? restore() : focusMember(added.current))}
    />
  );
}
