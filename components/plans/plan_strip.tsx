"use client";

import { useState } from "react";
import { planActions } from "../../client/plan_actions";
import { useCluster, useFreshness, useNames } from "../../client/use_store";
import type { PlanVerb } from "../../protocol/api";
import {
  describePlan,
  isUnfinished,
  type PlanWords,
  planNewcomer,
  planUnderWay,
} from "../../protocol/plan_words";
import type { GuidedPlan } from "../../protocol/status";
import { useForbidden } from "../shell/account";
import { useClusterName } from "../shell/cluster_context";
import { Button } from "../ui/button";
import { StateGlyph } from "../ui/glyphs";
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
  const steer = async (verb: PlanVerb) => {
    setBusy(true);
    const result = await planActions().steer(cluster, plan.id, verb);
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

/** The guided plan under way, for every operator who looks; and how it ended, where this page saw it under way. */
export function PlanStrip() {
  const cluster = useClusterName();
  const status = useCluster(cluster, (session) => session.status?.value);
  const nameOf = useNames(cluster);
  const [followed, setFollowed] = useState<string>();
  const underWay = planUnderWay(status);
  if (underWay !== undefined && underWay.id !== followed) setFollowed(underWay.id);
  const plan = underWay ?? status?.plans.find(({ id }) => id === followed);
  if (plan === undefined || status === undefined) return null;
  const words = describePlan(plan, status, nameOf);
  const { state, tint } = looks[plan.state];
  return (
    <section
      aria-label="Plan"
      className={`flex flex-wrap items-center gap-x-4 gap-y-1 border-line border-b px-6 py-2 max-wide:px-4 ${tint}`}
    >
      {state !== undefined && <StateGlyph state={state} className="shrink-0" />}
      <p className="min-w-0 flex-1 max-wide:basis-[80%]">
        <span className="font-medium">{words.title}</span>
        <span className="text-small">, by {plan.actor}</span>
        <span className="block text-ink">{words.line}</span>
      </p>
      {words.progress !== null && <PlanProgress share={words.progress} of={planNewcomer(plan, nameOf)} />}
      {isUnfinished(plan) ? (
        <Controls plan={plan} words={words} />
      ) : (
        <Button size="small" aria-label={`Dismiss: ${words.title}`} onClick={() => setFollowed(undefined)}>
          Dismiss
        </Button>
      )}
    </section>
  );
}
