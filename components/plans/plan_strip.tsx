"use client";

import { useState } from "react";
import { planActions } from "../../client/plan_actions";
import { useCluster, useFreshness, useNames } from "../../client/use_store";
import type { PlanVerb } from "../../protocol/api";
import { describeFigures, planFigures } from "../../protocol/plan_figures";
import { describePlan, isUnfinished, type PlanWords, planNewcomer } from "../../protocol/plan_words";
import type { ClusterStatus, GuidedPlan } from "../../protocol/status";
import { CommandLine } from "../actions/command_line";
import { useAssessInput } from "../actions/use_assessment";
import { useForbidden } from "../shell/account";
import { useClusterName } from "../shell/cluster_context";
import { Button } from "../ui/button";
import { StateGlyph } from "../ui/glyphs";
import { ConfirmStep } from "./confirm_step";
import { PlanProgress } from "./plan_progress";
import { StopPlan } from "./stop_plan";

const looks = {
  running: { state: undefined, tint: "bg-voter-tint text-voter" },
  paused: { state: undefined, tint: "bg-unknown-tint text-unknown" },
  stopped: { state: "unknown", tint: "bg-unknown-tint text-unknown" },
  done: { state: "ok", tint: "bg-ok-tint text-ok" },
  failed: { state: "degraded", tint: "bg-degraded-tint text-degraded" },
} as const;

/** Sends a verb and keeps what was said against it. */
function useSteering(plan: GuidedPlan) {
  const cluster = useClusterName();
  const { live } = useFreshness(cluster);
  const forbidden = useForbidden();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const steer = async (verb: PlanVerb, typedName?: string) => {
    setBusy(true);
    const result = await planActions().steer(cluster, plan.id, verb, typedName);
    setBusy(false);
    setProblem(
      result.kind === "done"
        ? undefined
        : result.kind === "refused"
          ? result.problem.detail
          : "No answer; the line above says how the plan stands.",
    );
  };
  return { steer, busy, problem, blocked: live ? forbidden : "No fresh data." };
}

function Controls({ plan, words }: { plan: GuidedPlan; words: PlanWords }) {
  const { steer, busy, problem, blocked } = useSteering(plan);
  const [stopping, setStopping] = useState(false);
  const held = plan.state === "paused";
  return (
    <>
      <span className="flex flex-wrap gap-2">
        <Button
          size="small"
          off={busy}
          blocked={blocked}
          onClick={() => void steer(held ? "resume" : "pause")}
        >
          {held ? "Resume" : "Pause"}
        </Button>
        <Button size="small" off={busy} blocked={blocked} onClick={() => setStopping(true)}>
          Stop here
        </Button>
      </span>
      {plan.typeName !== undefined && (
        <ConfirmStep
          name={plan.typeName}
          off={busy}
          blocked={blocked}
          onConfirm={(typedName) => void steer("confirm", typedName)}
        />
      )}
      {problem !== undefined && <p className="basis-full text-degraded">{problem}</p>}
      <StopPlan
        open={stopping}
        words={words}
        onClose={() => setStopping(false)}
        onStop={() => {
          setStopping(false);
          void steer("stop");
        }}
      />
    </>
  );
}

/** What its next change of votes does, before and after. */
function NextFigures({ plan }: { plan: GuidedPlan }) {
  const input = useAssessInput();
  const figures = input && planFigures(plan, input);
  return figures === undefined ? null : <span className="block text-small">{describeFigures(figures)}</span>;
}

/** One plan: what it does, where it stands, and what can be done about it. */
function Strip(props: { plan: GuidedPlan; status: ClusterStatus; onDismiss: () => void }) {
  const { plan, status } = props;
  const nameOf = useNames(useClusterName());
  const words = describePlan(plan, status, nameOf);
  const newcomer = planNewcomer(plan, nameOf);
  const { state, tint } = looks[plan.state];
  const { live } = useFreshness(useClusterName());
  return (
    <section
      aria-label={plan.kind === "add-learner" ? `Plan: ${words.title}` : "Plan"}
      className={`flex flex-wrap items-center gap-x-4 gap-y-1 border-line border-b px-6 py-2 max-wide:px-4 ${tint} ${live ? "" : "hatched"}`}
    >
      {state !== undefined && <StateGlyph state={state} className="shrink-0" />}
      <p className="min-w-0 flex-1 max-wide:basis-[80%]">
        <span className="font-medium">{words.title}</span>
        <span className="text-small">, by {plan.actor}</span>
        <span className="block text-ink">{live ? words.line : `Last known: ${words.line}`}</span>
        {live && <NextFigures plan={plan} />}
      </p>
      {words.progress !== null && <PlanProgress share={words.progress} of={newcomer} />}
      {isUnfinished(plan) ? (
        <Controls plan={plan} words={words} />
      ) : (
        <Button size="small" aria-label={`Dismiss: ${words.title}`} onClick={props.onDismiss}>
          Dismiss
        </Button>
      )}
      {plan.startCommand !== undefined && (
        <div className="basis-full text-ink">
          <CommandLine command={plan.startCommand} label={`Copy the command that starts ${newcomer}`} />
        </div>
      )}
    </section>
  );
}

/** The guided plans under way, for every operator who looks; and how they ended, where this page saw them under way. */
export function PlanStrip() {
  const status = useCluster(useClusterName(), (session) => session.status?.value);
  const [followed, setFollowed] = useState<readonly string[]>([]);
  if (status === undefined) return null;
  const fresh = status.plans.filter((plan) => isUnfinished(plan) && !followed.includes(plan.id));
  const ids = [...followed, ...fresh.map(({ id }) => id)];
  if (fresh.length > 0) setFollowed(ids);
  const isQueued = ({ kind }: GuidedPlan) => kind === "add-learner";
  // How one ended is no news any more once another one of its kind is under way.
  const isShown = (plan: GuidedPlan) =>
    isUnfinished(plan) ||
    !status.plans.some((other) => isUnfinished(other) && isQueued(other) === isQueued(plan));
  return status.plans
    .filter((plan) => ids.includes(plan.id) && isShown(plan))
    .map((plan) => (
      <Strip
        key={plan.id}
        plan={plan}
        status={status}
        onDismiss={() => setFollowed(followed.filter((id) => id !== plan.id))}
      />
    ));
}
