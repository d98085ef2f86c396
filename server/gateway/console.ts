import { READ_ONLY_CONSOLE, VIEWER_ROLE } from "../../protocol/access";
import type { Capabilities, Capability } from "../../protocol/status";
import type { Cluster, ProcessHost } from "../clusters/cluster";
import { withEveryActionDenied } from "../clusters/denied_capabilities";
import type { Access, Caller } from "./access";
import type { Logger } from "./log";
import type { Metrics } from "./metrics";
import type { Slots } from "./slots";

/** What every route and stream works on. */
export interface Console {
  readonly clusters: ReadonlyMap<string, Cluster>;
  /** Runs processes of this machine; undefined where this console runs none. */
  readonly machine: ProcessHost | undefined;
  /** Who is heard, and as whom. */
  readonly access: Access;
  /** Shows everything and changes nothing. */
  readonly readOnly: boolean;
  /** Lets operators force a change that loses quorum. */
  readonly allowUnsafe: boolean;
  /** Where it is mounted: "" or "/rollcall". */
  readonly basePath: string;
  /** The program's version, for the API's description. */
  readonly version: string;
  /** Changes being worked on. */
  readonly actions: Slots;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** Whether a caller may change anything here at all. */
export function mayAct(console: Console, caller: Caller): Capability {
  if (console.readOnly) return { ok: false, reason: READ_ONLY_CONSOLE };
  return caller.role === "operator" ? { ok: true } : { ok: false, reason: VIEWER_ROLE };
}

/** Whether a caller may force what loses quorum in this cluster. */
export function mayForce(console: Console, caller: Caller, cluster: Cluster): boolean {
  return console.allowUnsafe && cluster.canForce === true && mayAct(console, caller).ok;
}

/** What the page may offer a caller: what the cluster can, unless nothing may be changed. */
export function offeredCapabilities(console: Console, caller: Caller, cluster: Cluster): Capabilities {
  const acting = mayAct(console, caller);
  return acting.ok ? cluster.capabilities : withEveryActionDenied(cluster.capabilities, acting);
}
