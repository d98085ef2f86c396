import {
  type CreatePlanBody,
  DEADLINE_HEADER,
  type PlanVerb,
  planAnswerSchema,
  REQUEST_ID_HEADER,
} from "../protocol/api";
import { type Problem, problemSchema } from "../protocol/problem";
import type { ActionPorts } from "./action_ports";
import { exchange } from "./actions";
import { browserActionPorts } from "./browser";

/** How making or steering a guided plan ended. */
export type PlanResult =
  /** How the plan stands comes with the status. */
  | { readonly kind: "done"; readonly id: string }
  | { readonly kind: "refused"; readonly problem: Problem }
  /** No readable answer: if it was done, the status shows it. Repeating with the same id is harmless. */
  | { readonly kind: "outcome-unknown"; readonly id: string };

/** Guided plans as typed calls. */
export interface PlanActions {
  /** Makes a plan. Give the id of an attempt with unknown outcome to repeat that one: it is then made once. */
  create(cluster: string, plan: CreatePlanBody, id?: string): Promise<PlanResult>;
  /** Pauses, resumes or stops it, or types the name it waits for; stopping undoes nothing. */
  steer(cluster: string, id: string, verb: PlanVerb, typedName?: string): Promise<PlanResult>;
}

/** Makes the calls over the given ports. */
export function createPlanActions(ports: ActionPorts): PlanActions {
  const send = async (
    id: string,
    url: string,
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<PlanResult> => {
    const call = { method: "POST", url, body, headers } as const;
    const answer = await exchange(ports, call, ports.deadlineMs + ports.graceMs);
    if (answer === undefined) return { kind: "outcome-unknown", id };
    if (answer.ok) {
      const parsed = planAnswerSchema.safeParse(answer.body);
      return parsed.success ? { kind: "done", id: parsed.data.id } : { kind: "outcome-unknown", id };
    }
    const problem = problemSchema.safeParse(answer.body);
    const unknown =
      !problem.success || problem.data.code === "outcome-unknown" || problem.data.code === "internal";
    return unknown ? { kind: "outcome-unknown", id } : { kind: "refused", problem: problem.data };
  };
  const plans = (cluster: string) => `/api/clusters/${encodeURIComponent(cluster)}/plans`;
  return {
    create: (cluster, plan, id = ports.requestId()) =>
      send(id, plans(cluster), plan, {
        [REQUEST_ID_HEADER]: id,
        [DEADLINE_HEADER]: String(ports.deadlineMs),
      }),
    steer: (cluster, id, verb, typedName) =>
      send(
        id,
        `${plans(cluster)}/${encodeURIComponent(id)}/${verb}`,
        typedName === undefined ? {} : { typedName },
      ),
  };
}

let page: PlanActions | undefined;

/** The calls of this page. */
export function planActions(): PlanActions {
  page ??= createPlanActions(browserActionPorts());
  return page;
}
