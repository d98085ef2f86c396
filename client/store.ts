import type { StoreApi } from "zustand/vanilla";
import type { Connection, ConnectionPorts } from "./connection";
import type { ClusterSession } from "./session";

export type {
  ClusterSession,
  Frozen,
  Ghost,
  HelloFrame,
  HistoryLine,
  Received,
  RowMark,
  Session,
  TimelineEntry,
} from "./session";

/** Lines kept in the timeline. */
export const TIMELINE_ENTRIES_MAX = 500;
/** How long marks and ghosts stay (ms). */
export const MARK_MS = 30_000;

/** One cluster's live state and what can be done to its display. */
export interface ClusterStore extends StoreApi<ClusterSession> {
  readonly connection: Connection;
  /** Freezes tables and timeline; state, freshness and dialogs stay live. */
  pause(): void;
  resume(): void;
  retryNow(): void;
  /** Fills a merged entry's parts from the server's durable history. */
  expand(key: number): Promise<void>;
  start(): void;
  stop(): void;
}

/** Makes the store of one cluster; it connects on start(). */
export function createClusterStore(cluster: string, ports: ConnectionPorts): ClusterStore {
  throw new Error(`not written yet ${cluster} ${String(ports)}`);
}

/**
 * The store of a cluster, shared by the whole page. Owned by this module, not by a component, so that React's strict mode,
 * which runs effects twice, opens one socket only.
 */
export function clusterStore(cluster: string): ClusterStore {
  throw new Error(`not written yet ${cluster}`);
}

/** Keeps the cluster's connection open until the returned function was called by all; for `useEffect`. */
export function holdCluster(cluster: string): () => void {
  throw new Error(`not written yet ${cluster}`);
}
