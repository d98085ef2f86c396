"use client";

import { useState } from "react";
import { pageActions } from "../../client/actions";
import { useActingBlocked, useCluster, useNames } from "../../client/use_store";
import type { ChangedAnswer, CreatePlanBody } from "../../protocol/api";
import { assessReplace, type ReplaceAssessment } from "../../protocol/assess_replace";
import { commandForPlan, commandForReplaceByNew, commandForReplaceHere } from "../../protocol/command_line";
import { etagOf, type MemberId, type MembershipView } from "../../protocol/membership";
import { planTitle, planUnderWay } from "../../protocol/plan_words";
import { focusMember } from "../membership/focus";
import { incapable } from "../membership/row_actions";
import { PlanTable } from "../plans/plan_table";
import { type MakePlan, useMakePlan } from "../plans/use_make_plan";
import { useClusterName } from "../shell/cluster_context";
import { Notice } from "../ui/notice";
import { Answers } from "./answers";
import { ChangeModal } from "./change_modal";
import { LearnerFieldsets } from "./learner_fieldsets";
import { commandedAddition, type LearnerForm, useLearnerForm } from "./learner_form";
import { LearnerStart } from "./learner_start";
import { type Replacement, ReplacementChoice } from "./replacement_choice";
import { rememberStartCommand } from "./start_commands";
import { TypeName } from "./type_name";
import { useAssessInput } from "./use_assessment";
import { useChange } from "./use_change";
import { useCommandTarget } from "./use_command_target";

type Learner = NonNullable<ChangedAnswer["learner"]>;
type ReplacePlan = Extract<CreatePlanBody, { kind: "replace" }>;

/**
 * Replaces a voter: where the cluster carries plans out, a learner is added as needed and the rest is its plan; where this console does,
 * the plan adds the new node itself, in its place in the order.
 */
export function ReplaceDialog({ target, onClose }: { target: MemberId; onClose: () => void }) {
  const plan = useMakePlan();
  const [added, setAdded] = useState<Learner>();
  const [toStart, setToStart] = useState<Learner>();
  const begin = async (body: ReplacePlan, fresh: Learner | undefined) => {
    const made = await plan.make(body);
    if (made && fresh?.command !== undefined) setToStart(fresh);
    else if (made) onClose();
    // The learner is in: what is left to do is the plan, on the membership as it is now.
    else if (fresh !== undefined) setAdded(fresh);
  };
  if (toStart?.command !== undefined) {
    return <LearnerStart learner={toStart} command={toStart.command} onClose={onClose} />;
  }
  return (
    <Planned
      key={added?.id ?? "new"}
      target={target}
      initial={added === undefined ? { kind: "new" } : { kind: "learner", id: added.id }}
      plan={plan}
      onBegin={begin}
      onClose={onClose}
    />
  );
}

type PlannedProps = {
  target: MemberId;
  initial: Replacement;
  plan: MakePlan;
  onBegin: (plan: ReplacePlan, fresh: Learner | undefined) => Promise<void>;
  onClose: () => void;
};

function Planned(props: PlannedProps) {
  const cluster = useClusterName();
  const input = useAssessInput();
  const nameOf = useNames(cluster);
  const form = useLearnerForm();
  const [by, setBy] = useState<Replacement>(props.initial);
  if (input === undefined) return null;
  const learner =
    by.kind === "learner"
      ? { id: by.id, name: nameOf(by.id) }
      : { id: form.id, name: form.fields.name || "the new node" };
  const live = assessReplace({ ...input, target: props.target, learner });
  return <Judged {...props} live={live} by={by} onBy={setBy} learner={learner} form={form} />;
}

/** Why no replacement can be begun now, by what is in force. */
function useReplaceBlocked(live: ReplaceAssessment, target: MemberId): string | null {
  const cluster = useClusterName();
  const nameOf = useNames(cluster);
  const acting = useActingBlocked(cluster);
  const guided = incapable(useCluster(cluster, (session) => session.hello?.capabilities.guided));
  const status = useCluster(cluster, (session) => session.status?.value);
  const underWay = planUnderWay(status);
  const { incoming = [] } = status?.configuration ?? {};
  if (guided !== undefined) return guided;
  if (underWay !== undefined) return `Plan under way: ${planTitle(underWay, nameOf)}, by ${underWay.actor}.`;
  if (!incoming.includes(target)) return `${nameOf(target)} is not a voter.`;
  return acting ?? live.swap.refusal?.sentence ?? null;
}

type JudgedProps = PlannedProps & {
  live: ReplaceAssessment;
  by: Replacement;
  onBy: (by: Replacement) => void;
  learner: { readonly id: MemberId; readonly name: string };
  form: LearnerForm;
};

/** The plan, where that is all there is to ask for: nothing has to be added before it. */
function useWholePlan({ target, by, live, form }: JudgedProps, typed: string) {
  const joint = useCluster(useClusterName(), (session) => session.hello?.capabilities.joint.ok !== false);
  const named = !joint && live.swap.typeName !== undefined ? { typedName: typed } : {};
  if (by.kind === "learner") return { kind: "replace", learner: by.id, target, ...named } as const;
  if (joint) return undefined;
  const { name, peerUrls } = form.body();
  return { kind: "replace", target, name, peerUrls, ...named } as const;
}

/** The command that does the same; undefined while a field is missing. */
function useCommand(
  { target, form }: JudgedProps,
  whole: ReplacePlan | undefined,
  fence: MembershipView | undefined,
): string | undefined {
  const nameOf = useNames(useClusterName());
  const at = useCommandTarget();
  if (whole !== undefined) return commandForPlan(whole, nameOf, at);
  // What the machine would pick the command picks by itself.
  if (form.place === "here" && form.asProposed) return commandForReplaceHere(target, nameOf, at);
  if (fence === undefined || !form.complete) return undefined;
  return commandForReplaceByNew(target, commandedAddition(form), etagOf(fence), nameOf, at);
}

function Judged(props: JudgedProps) {
  const { target, live, by, learner, form, plan } = props;
  const cluster = useClusterName();
  const nameOf = useNames(cluster);
  const name = nameOf(target);
  const learners = useCluster(cluster, (session) => session.status)?.value.members.filter(
    ({ role }) => role === "learner",
  );
  const doing = `Adding ${learner.name}, to replace ${name}`;
  const run = useChange({ action: "replace", member: target, doing });
  const [atCommit, setAtCommit] = useState(live);
  const [typed, setTyped] = useState("");
  const reviewing = run.stage.kind === "review" && !plan.busy;
  const settled = run.settled && !plan.busy;
  const assessment = settled ? live : atCommit;
  const { swap } = assessment;
  const blocked = useReplaceBlocked(live, target);
  const { problem } = run;
  const whole = useWholePlan(props, typed);
  const command = useCommand(props, whole, run.fence);
  const commit = async () => {
    setAtCommit(live);
    if (whole !== undefined) return props.onBegin(whole, undefined);
    const answer = await run.run((context) => pageActions().addLearner(context, form.body()));
    if (answer === undefined) return;
    const fresh = answer.learner ?? { id: learner.id, name: learner.name, address: form.fields.address };
    rememberStartCommand(cluster, fresh);
    await props.onBegin({ kind: "replace", learner: fresh.id, target }, fresh);
  };
  return (
    <ChangeModal
      title={`Replace voter ${name}`}
      lead={assessment.lead}
      change={run}
      problemShown={problem?.field === undefined}
      before={
        <>
          <ReplacementChoice learners={learners ?? []} value={by} onChange={props.onBy} off={!reviewing} />
          {by.kind === "new" && <LearnerFieldsets form={form} problem={problem} off={!reviewing} />}
        </>
      }
      assessment={swap}
      figures={
        <>
          <PlanTable plan={assessment} />
          <Answers assessment={swap} />
        </>
      }
      after={
        <>
          {plan.problem !== undefined && <Notice state="at-limit">{plan.problem}</Notice>}
          {swap.typeName !== undefined && (
            <TypeName name={swap.typeName} verb="replace" value={typed} onChange={setTyped} />
          )}
        </>
      }
      command={command}
      primary={plan.busy ? "Committing..." : `Replace ${name}`}
      danger={swap.typeName !== undefined}
      blocked={settled ? blocked : null}
      incomplete={
        plan.busy ||
        (by.kind === "new" && !form.complete) ||
        (swap.typeName !== undefined && typed !== swap.typeName)
      }
      onPrimary={() => void commit()}
      onClose={props.onClose}
      onClosed={() => focusMember(target)}
    />
  );
}
