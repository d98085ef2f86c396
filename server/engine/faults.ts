import type { OpenFault } from "../storage/faults";
import type { ListenFault } from "../transport/tcp_transport";
import type { StartFault } from "./types";

const openKinds: Record<OpenFault["kind"], StartFault["kind"]> = {
  missing: "missing-directory",
  exists: "directory-exists",
  locked: "locked",
  "other-cluster": "other-cluster",
  "other-node": "other-cluster",
  "unknown-version": "damaged",
  damaged: "damaged",
  io: "io",
};

/** Why a directory does not open, as a reason not to start. */
export function fromOpenFault(fault: OpenFault): StartFault {
  return { kind: openKinds[fault.kind], message: fault.message };
}

/** Why the peer port cannot be had, as a reason not to start. */
export function fromListenFault(fault: ListenFault): StartFault {
  switch (fault.kind) {
    case "address-in-use":
      return {
        kind: "port-in-use",
        message: `${fault.address} is in use by another process: stop that one, or choose another address for peers.`,
      };
    case "address-not-here":
      return {
        kind: "bad-address",
        message: `${fault.address} is not an address of this machine: choose one that is.`,
      };
    default:
      return { kind: "io", message: `Cannot listen for peers at ${fault.address}: ${fault.detail}.` };
  }
}

/** Whether starting answered with a fault. */
export function isStartFault(value: object): value is StartFault {
  return "kind" in value && "message" in value;
}
