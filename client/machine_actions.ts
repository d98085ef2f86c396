import type { Machine, ProcessAction } from "../protocol/machine";
import type { MemberId } from "../protocol/membership";
import { type Problem, problemSchema } from "../protocol/problem";
import type { ActionPorts } from "./action_ports";
import { browserActionPorts } from "./browser";

/** How an action on a process of this machine ended. */
export type MachineResult =
  | { readonly kind: "done" }
  /** It would stop quorum: ask the operator once, then repeat with `confirmQuorumLoss`. */
  | { readonly kind: "needs-confirmation"; readonly problem: Problem }
  | { readonly kind: "refused"; readonly problem: Problem }
  /** No readable answer came; the machine frames will tell. */
  | { readonly kind: "no-answer" };

/** Actions on processes of this machine. */
export interface MachineActions {
  process(id: MemberId, action: ProcessAction, confirmQuorumLoss?: boolean): Promise<MachineResult>;
  setLoad(ratePerSecond: Machine["load"]["ratePerSecond"]): Promise<MachineResult>;
}

/** What the calls need of their surroundings. */
export type MachinePorts = Pick<ActionPorts, "fetch" | "setTimer" | "clearTimer">;

/** A stop may take the process its full 5 s; an answer later than this (ms) is none. */
const TIMEOUT_MS = 15_000;

/** Makes the calls over the given ports. */
export function createMachineActions(ports: MachinePorts): MachineActions {
  return {
    process: (id, action, confirmQuorumLoss) =>
      post(
        ports,
        `/api/machine/processes/${encodeURIComponent(id)}/${action}`,
        confirmQuorumLoss === undefined ? {} : { confirmQuorumLoss },
      ),
    setLoad: (ratePerSecond) => post(ports, "/api/machine/load", { ratePerSecond }),
  };
}

async function post(ports: MachinePorts, url: string, body: unknown): Promise<MachineResult> {
  const abort = new AbortController();
  const timer = ports.setTimer(() => abort.abort(), TIMEOUT_MS);
  try {
    const response = await ports.fetch(url, {
      method: "POST",
      cache: "no-store",
      signal: abort.signal,
      headers: {
        accept: "application/json, application/problem+json",
        "content-type": "application/json",
      },
      body: JSON.stringify(body),
    });
    if (response.ok) return { kind: "done" };
    const problem = problemSchema.safeParse(await response.json());
    if (!problem.success) return { kind: "no-answer" };
    const kind = problem.data.code === "would-stop-quorum" ? "needs-confirmation" : "refused";
    return { kind, problem: problem.data };
  } catch {
    return { kind: "no-answer" };
  } finally {
    ports.clearTimer(timer);
  }
}

let page: MachineActions | undefined;

/** The calls of this page. */
export function machineActions(): MachineActions {
  page ??= createMachineActions(browserActionPorts());
  return page;
}
