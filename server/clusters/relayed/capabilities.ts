import { READ_ONLY_CLUSTER } from "../../../protocol/access";
import type { Capabilities, Capability } from "../../../protocol/status";
import { withEveryActionDenied } from "../denied_capabilities";
import { capabilitiesOf } from "../embedded/capabilities";

const NOT_HEARD: Capability = { ok: false, reason: "No console of this cluster has answered yet." };
const READ_ONLY: Capability = { ok: false, reason: READ_ONLY_CLUSTER };
const ELSEWHERE: Capability = {
  ok: false,
  reason: "This console runs no processes of that cluster; start the learner with the command it shows.",
};

/** What may be done through this console: what the node's console offers it, except to start processes. Undefined: none answered yet. */
export function relayedCapabilities(offered: Capabilities | undefined, readOnly: boolean): Capabilities {
  const known = offered ?? capabilitiesOf(false);
  const denied = readOnly ? READ_ONLY : offered === undefined ? NOT_HEARD : undefined;
  const { updateAddress } = known;
  if (denied === undefined) return { ...known, startHere: ELSEWHERE };
  return {
    ...withEveryActionDenied(known, denied),
    updateAddress: updateAddress.ok ? denied : updateAddress,
  };
}
