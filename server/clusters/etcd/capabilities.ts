import { READ_ONLY_CLUSTER } from "../../../protocol/access";
import type { Capabilities, Capability } from "../../../protocol/status";

const yes = { ok: true } as const;

/** What etcd can do. `readOnly`: this console was told to change nothing there. */
export function capabilitiesOf(readOnly: boolean): Capabilities {
  const change: Capability = readOnly ? { ok: false, reason: READ_ONLY_CLUSTER } : yes;
  return {
    addLearner: change,
    promote: change,
    demote: {
      ok: false,
      reason: "etcd cannot demote. Remove the member and add it again as a learner.",
    },
    remove: change,
    transfer: change,
    joint: { ok: false, reason: "etcd changes one member at a time." },
    guided: change,
    startHere: {
      ok: false,
      reason: "This console runs no etcd processes; start the member with the command it shows.",
    },
    updateAddress: change,
    learner: { id: "assigned", address: "peer-urls", kinds: [], atOnce: 1 },
    idFormat: "hex",
    fence: "best-effort",
  };
}
