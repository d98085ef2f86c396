"use client";

import { useId } from "react";
import { useCluster, useNames } from "../../client/use_store";
import { noRoomWords } from "../../protocol/plan_words";
import type { LearnerForm as LearnerTraits } from "../../protocol/status";
import { useClusterName } from "../shell/cluster_context";
import { Notice } from "../ui/notice";

/** Why the cluster takes no further learner now, as a rule; undefined: it does, or no plan could wait for room. */
export function useNoRoom({ atOnce }: LearnerTraits): string | undefined {
  const cluster = useClusterName();
  const nameOf = useNames(cluster);
  const guided = useCluster(cluster, (session) => session.hello?.capabilities.guided.ok === true);
  const learners = useCluster(cluster, (session) => session.status)?.value.configuration.learners ?? [];
  if (atOnce === undefined || learners.length < atOnce || !guided) return undefined;
  return noRoomWords(learners.map(nameOf), atOnce);
}

/** Whether to wait for room: the plan adds the learner then. */
export function Queue(props: {
  text: string;
  queued: boolean;
  off: boolean;
  onChange: (unqueued: boolean) => void;
}) {
  const id = useId();
  return (
    <div className="flex flex-col gap-1">
      <Notice state="degraded" id={id}>
        {props.text}.
      </Notice>
      <label className="flex min-h-8 items-center gap-2">
        <input
          type="checkbox"
          aria-describedby={id}
          checked={props.queued}
          disabled={props.off}
          onChange={(event) => props.onChange(!event.target.checked)}
          className="size-4 shrink-0 accent-ink"
        />
        Queue it: add it when there is room
      </label>
    </div>
  );
}
