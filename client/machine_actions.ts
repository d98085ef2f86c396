import type { Machine, ProcessAction } from "../protocol/machine";
import type { MemberId } from "../protocol/membership";
import type { Problem } from "../protocol/problem";
import type { ActionPorts } from "./actions";

/** How an action on a process of this machine ended. */
export type MachineResult =
  | { readonly kind: "done" }
  /** It would stop quorum: ask the operator once, then repeat with `confirmQuorumLoss`. */
  | { readonly kind: "needs-confirmation"; readonly problem: Problem }
  | { readonly kind: "refused"; readonly problem: Problem }
  /** No readable answer came; the machine frames will tell. */
  | { readonly kind: "no-answer" };

export interface MachineActions {
  process(id: MemberId, action: ProcessAction, confirmQuorumLoss?: boolean): Promise<MachineResult>;
  setLoad(ratePerSecond: Machine["load"]["ratePerSecond"]): Promise<MachineResult>;
}

export function createMachineActions(ports: Pick<ActionPorts, "fetch">): MachineActions {
  throw new Error(`not written yet ${String(ports)}`);
}

/** The calls of this page. */
export function machineActions(): MachineActions {
  throw new Error("not written yet");
}
