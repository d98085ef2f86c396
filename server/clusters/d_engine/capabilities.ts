import { READ_ONLY_CLUSTER } from "../../../protocol/access";
import type { Capabilities, Capability } from "../../../protocol/status";

/** Why what d-engine lacks is not offered. */
const NO_REMOVAL = "d-engine promotes by itself and has no removal.";

/** What can be had from d-engine 0.2.4. */
export function capabilitiesOf(readOnly: boolean): Capabilities {
  const no = (reason: string): Capability => ({ ok: false, reason: readOnly ? READ_ONLY_CLUSTER : reason });
  return {
    addLearner: readOnly ? no(READ_ONLY_CLUSTER) : { ok: true },
    promote: no(NO_REMOVAL),
    demote: no("d-engine cannot make a voter a learner again, and has no removal."),
    remove: no(NO_REMOVAL),
    transfer: no("d-engine cannot hand over leadership."),
    joint: no("d-engine has no joint changes: it promotes several learners in one plain entry."),
    guided: no("d-engine promotes by itself; there is nothing to guide."),
    startHere: no("This console runs no processes of d-engine."),
    updateAddress: no("A d-engine node keeps the address it was added with."),
    learner: {
      id: "chosen",
      address: "host-port",
      unnamed: true,
      kinds: [
        {
          value: "promotable",
          label: "Promotable",
          explanation:
            "d-engine makes it a voter by itself once it has caught up and the number of voters stays odd; after 300 s of waiting it is evicted.",
        },
        {
          value: "read-only",
          label: "Read-only",
          explanation: "It stays a learner for good: it is never promoted and never evicted.",
        },
      ],
    },
    idFormat: "decimal",
    fence: "best-effort",
  };
}
