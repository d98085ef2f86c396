import { PROMOTION_LAG_MAX } from "../../../protocol/promotion";
import type { Capabilities } from "../../../protocol/status";

const yes = { ok: true } as const;

/** Why nobody changes an address here. */
export const KEEPS_ADDRESS =
  "A node of this engine keeps its address. Remove it and add it again under a new id.";

/** What the embedded engine can do. `runsProcesses`: this console starts learners on its machine. */
export function capabilitiesOf(runsProcesses: boolean): Capabilities {
  const startHere = runsProcesses
    ? yes
    : { ok: false as const, reason: "This console runs no processes; only `rollcall up` does." };
  return {
    addLearner: yes,
    promote: yes,
    demote: yes,
    remove: yes,
    transfer: yes,
    joint: yes,
    guided: yes,
    startHere,
    updateAddress: {
      ok: false,
      reason: KEEPS_ADDRESS,
    },
    learner: { id: "chosen", address: "host-port", kinds: [] },
    promotionLagMax: PROMOTION_LAG_MAX,
    idFormat: "decimal",
    fence: "atomic",
  };
}
