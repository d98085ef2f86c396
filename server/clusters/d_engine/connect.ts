import { DEngineCluster } from "./d_engine_cluster";
import type { DEngineOptions } from "./options";

/** Attaches to a d-engine cluster. Never waits: what cannot be reached shows in the status, and is tried again. */
export function connectDEngine(options: DEngineOptions): DEngineCluster {
  return new DEngineCluster(options);
}
