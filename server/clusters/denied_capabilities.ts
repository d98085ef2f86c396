import type { Capabilities, Capability } from "../../protocol/status";

/** The same cluster where nothing may be changed: every action carries the reason. What a learner is described by stays. */
export function withEveryActionDenied(capabilities: Capabilities, denied: Capability): Capabilities {
  return {
    ...capabilities,
    addLearner: denied,
    promote: denied,
    demote: denied,
    remove: denied,
    transfer: denied,
    joint: denied,
    guided: denied,
    startHere: denied,
    updateAddress: denied,
  };
}
