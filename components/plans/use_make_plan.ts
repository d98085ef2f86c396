"use client";

import { useRef, useState } from "react";
import { planActions } from "../../client/plan_actions";
import type { CreatePlanBody } from "../../protocol/api";
import { useClusterName } from "../shell/cluster_context";

/** Making a guided plan from a dialog. */
export interface MakePlan {
  readonly busy: boolean;
  /** Why the last attempt made none, or may not have. */
  readonly problem: string | undefined;
  /** True once the plan stands. */
  make(plan: CreatePlanBody): Promise<boolean>;
}

/** Makes one plan; an attempt without an answer is repeated under its own id, so that the plan is made once. */
export function useMakePlan(): MakePlan {
  const cluster = useClusterName();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const unanswered = useRef<string | undefined>(undefined);
  return {
    busy,
    problem,
    async make(plan) {
      setBusy(true);
      const result = await planActions().create(cluster, plan, unanswered.current);
      setBusy(false);
      unanswered.current = result.kind === "outcome-unknown" ? result.id : undefined;
      if (result.kind === "done") return true;
      setProblem(
        result.kind === "refused"
          ? result.problem.detail
          : "No answer. If the plan was made it shows itself under the state; trying again makes it only once.",
      );
      return false;
    },
  };
}
