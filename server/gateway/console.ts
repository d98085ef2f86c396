import type { Capabilities, Capability } from "../../protocol/status";
import type { Cluster, ProcessHost } from "../clusters/cluster";
import type { Logger } from "./log";
import type { Slots } from "./slots";

/** What every route and stream works on. */
export interface Console {
  readonly clusters: ReadonlyMap<string, Cluster>;
  /** Runs processes of this machine; undefined where this console runs none. */
  readonly machine: ProcessHost | undefined;
  /** Who actions are recorded for. */
  readonly actor: string;
  /** Shows everything and changes nothing. */
  readonly readOnly: boolean;
  /** The program's version, for the API's description. */
  readonly version: string;
  /** Changes being worked on. */
  readonly actions: Slots;
  readonly log: Logger;
}

const viewer: Capability = { ok: false, reason: "This console is read-only." };

/** What the page may offer: what the cluster can, unless this console only shows. */
export function offeredCapabilities(console: Console, cluster: Cluster): Capabilities {
  if (!console.readOnly) return cluster.capabilities;
  return {
    addLearner: viewer,
    promote: viewer,
    demote: viewer,
    remove: viewer,
    transfer: viewer,
    joint: viewer,
    guided: viewer,
    startHere: viewer,
    updateAddress: viewer,
    learner: cluster.capabilities.learner,
    idFormat: cluster.capabilities.idFormat,
    fence: cluster.capabilities.fence,
  };
}
