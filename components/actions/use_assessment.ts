"use client";

import { useActingBlocked, useCluster, useNow } from "../../client/use_store";
import type { MemberChange } from "../../protocol/api";
import { type AssessInput, type Assessment, assessChange } from "../../protocol/assess";
import { useClusterName } from "../shell/cluster_context";

/** What changes are judged by, from the newest facts; undefined before the first status. */
export function useAssessInput(): Omit<AssessInput, "changes"> | undefined {
  const cluster = useClusterName();
  const status = useCluster(cluster, (session) => session.status);
  const capabilities = useCluster(cluster, (session) => session.hello?.capabilities);
  const now = useNow(cluster);
  if (status === undefined) return undefined;
  const { configuration, members, leadership, changeInProgress, loopbackOnly } = status.value;
  return {
    configuration,
    members,
    leadership,
    changeInProgress,
    loopbackOnly,
    cluster,
    elapsedMs: Math.max(0, now - status.receivedAt),
    ...(capabilities === undefined ? {} : { capabilities }),
  };
}

/** A change judged live: with every status that comes in. */
export function useAssessment(change: MemberChange): Assessment | undefined {
  const input = useAssessInput();
  return input === undefined ? undefined : assessChange({ ...input, changes: [change] });
}

/** Why a change cannot be made now: it would be refused, or nothing may be changed at all. */
export function useBlocked(assessment: Assessment): string | null {
  const acting = useActingBlocked(useClusterName());
  return acting ?? assessment.refusal?.sentence ?? null;
}
