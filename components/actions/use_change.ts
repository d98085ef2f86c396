"use client";

import { useState } from "react";
import type { ActionResult, ChangeContext } from "../../client/actions";
import { pendingStore } from "../../client/pending";
import type { DialogName } from "../../client/url_state";
import { useCluster, useNames } from "../../client/use_store";
import type { ChangedAnswer } from "../../protocol/api";
import { describeDiff, diffMembership } from "../../protocol/diff";
import { etagOf, type MemberId, type MembershipView } from "../../protocol/membership";
import type { Problem } from "../../protocol/problem";
import { fenceLostSentence } from "../../protocol/words";
import { useClusterName } from "../shell/cluster_context";

/** Where a dialog stands. */
export type Stage =
  /** `problem`: why the last attempt did nothing. */
  | { readonly kind: "review"; readonly problem: Problem | null }
  | { readonly kind: "committing" }
  /** `newest`: the view the server refused with, where it sent one. */
  | { readonly kind: "fence-lost"; readonly newest: MembershipView | undefined }
  | { readonly kind: "unknown"; readonly requestId: string };

function stageAfter(result: Exclude<ActionResult, { kind: "applied" }>): Stage {
  switch (result.kind) {
    case "fence-lost":
      return { kind: "fence-lost", newest: result.membership };
    case "outcome-unknown":
      return { kind: "unknown", requestId: result.requestId };
    case "bad-input":
    case "no-leader":
    case "refused":
      return { kind: "review", problem: result.problem };
  }
}

function newer(a: MembershipView | undefined, b: MembershipView | undefined): MembershipView | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.epoch === b.epoch && a.snapshot.committedIndex > b.snapshot.committedIndex ? a : b;
}

/** What a dialog needs to know of a change and can do with it. */
export interface ChangeRun {
  readonly stage: Stage;
  /** Why the last attempt did nothing, while it is reviewed. */
  readonly problem: Problem | null;
  /** Nothing is under way: what is judged follows the newest facts. While it commits the change itself is what is in progress. */
  readonly settled: boolean;
  /** The view that the operator reviews, and that fences the change. */
  readonly fence: MembershipView | undefined;
  /** The membership moved on since: what happened, in one sentence. */
  readonly fenceLost: string | undefined;
  /** Takes the newest view as the one reviewed. */
  reviewAgain(): void;
  /** Makes the change once; the answer if it was applied. */
  run(call: (context: ChangeContext) => Promise<ActionResult>): Promise<ChangedAnswer | undefined>;
}

/** Holds the fence from the moment the dialog opened, and takes a change from review to its outcome. */
export function useChange(about: { action: DialogName; member: MemberId | null; doing: string }): ChangeRun {
  const cluster = useClusterName();
  const nameOf = useNames(cluster);
  const view = useCluster(cluster, (session) => session.view);
  const [fence, setFence] = useState(view);
  const [stage, setStage] = useState<Stage>({ kind: "review", problem: null });
  if (fence === undefined && view !== undefined) setFence(view);

  const newest = stage.kind === "fence-lost" ? newer(stage.newest, view) : view;
  const moved = fence !== undefined && newest !== undefined && etagOf(fence) !== etagOf(newest);
  const lost = stage.kind === "fence-lost" || (stage.kind === "review" && moved);

  const run: ChangeRun["run"] = async (call) => {
    if (fence === undefined) return undefined;
    const sentAt = Date.now();
    setStage({ kind: "committing" });
    const result = await call({ cluster, etag: etagOf(fence) });
    if (result.kind === "applied") return result.answer;
    if (result.kind === "outcome-unknown") {
      const { requestId, deadlineAt } = result;
      pendingStore().watch({ requestId, cluster, ...about, sentAt, deadlineAt });
    }
    setStage(stageAfter(result));
    return undefined;
  };
  return {
    stage,
    problem: stage.kind === "review" ? stage.problem : null,
    settled: stage.kind === "review" || stage.kind === "fence-lost",
    fence,
    fenceLost: lost && fence !== undefined ? lostSentence(fence, newest ?? fence, nameOf) : undefined,
    reviewAgain: () => {
      setFence(newest);
      setStage({ kind: "review", problem: null });
    },
    run,
  };
}

function lostSentence(
  fence: MembershipView,
  newest: MembershipView,
  nameOf: (id: MemberId) => string,
): string {
  const changes = diffMembership(fence.snapshot, newest.snapshot).map((diff) => describeDiff(diff, nameOf));
  return fenceLostSentence(fence.snapshot.committedIndex, changes, newest.snapshot.committedIndex);
}
