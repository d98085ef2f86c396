"use client";

import { useEffect } from "react";
import {
  type FirstStep,
  type FirstStepsProgress,
  firstSteps,
  observeFirstSteps,
} from "../../client/first_steps";
import { clusterStore } from "../../client/store";
import { useCluster } from "../../client/use_store";
import { Icon } from "../ui/glyphs";
import { Panel } from "../ui/panel";
import { preference, usePreference } from "../ui/preference";
import { useClusterName } from "./cluster_context";

const words: Record<FirstStep, string> = {
  add: "Add a learner",
  promote: "Promote it",
  kill: "Kill a voter",
  stop: "Stop one more",
  start: "Start both",
};

const progressPreference = preference("first-steps", "");
const dismissedPreference = preference("first-steps.dismissed", "");

function readProgress(text: string): FirstStepsProgress | undefined {
  try {
    const value = JSON.parse(text) as Partial<FirstStepsProgress> | null;
    return typeof value?.epoch === "string" && typeof value.taken === "object"
      ? { epoch: value.epoch, taken: value.taken }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Ticks steps as the cluster's own snapshots show them taken. */
function useObserved(cluster: string): void {
  // External system: the cluster's store.
  useEffect(
    () =>
      clusterStore(cluster).subscribe((after, before) => {
        if (after.view === before.view && after.status === before.status) return;
        const kept = readProgress(progressPreference.get());
        const progress = observeFirstSteps(kept, before, after);
        if (progress !== undefined && progress !== kept) progressPreference.set(JSON.stringify(progress));
      }),
    [cluster],
  );
}

function Step({ step, sentence }: { step: FirstStep; sentence: string | undefined }) {
  const taken = sentence !== undefined;
  return (
    <li className="flex gap-2 border-line border-t px-3 py-1.5">
      <span
        aria-hidden="true"
        className={`mt-0.5 flex size-4 shrink-0 items-center justify-center rounded-full border ${taken ? "border-ok bg-ok-tint text-ok" : "border-control"}`}
      >
        {taken && <Icon name="check" size={9} />}
      </span>
      <div>
        <p className={taken ? "text-secondary" : ""}>
          {words[step]}
          <span className="sr-only">{taken ? ", done" : ", to do"}</span>
        </p>
        {taken && <p className="text-muted text-small">{sentence}</p>}
      </div>
    </li>
  );
}

/** What there is to try on a fresh local cluster, ticked by what really happened. */
export function FirstSteps() {
  const cluster = useClusterName();
  const offered = useCluster(cluster, ({ hello }) => hello?.machine === true && hello.mayAct.ok);
  const epoch = useCluster(cluster, (session) => session.view?.epoch);
  const progress = readProgress(usePreference(progressPreference));
  const dismissed = usePreference(dismissedPreference) === "yes";
  useObserved(cluster);
  if (!offered || dismissed || epoch === undefined) return null;
  const taken = progress?.epoch === epoch ? progress.taken : {};
  const count = firstSteps.filter((step) => taken[step] !== undefined).length;
  return (
    <Panel
      id="first-steps"
      title="First steps"
      className="shrink-0"
      aside={
        <>
          <span className="text-muted text-small">
            {count} of {firstSteps.length}
          </span>
          <button
            type="button"
            aria-label="Dismiss first steps"
            onClick={() => dismissedPreference.set("yes")}
            className="ml-auto inline-flex size-7 items-center justify-center rounded-control text-muted hover:bg-raised hover:text-ink max-wide:size-11"
          >
            <Icon name="close" size={10} />
          </button>
        </>
      }
    >
      <ol>
        {firstSteps.map((step) => (
          <Step key={step} step={step} sentence={taken[step]} />
        ))}
      </ol>
    </Panel>
  );
}
