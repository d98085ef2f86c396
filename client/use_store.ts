import { useEffect } from "react";
import type { Freshness } from "../protocol/freshness";
import type { MembershipView } from "../protocol/membership";
import type { NextStep, StateDescription, StateFacts } from "../protocol/state";
import type { NameOf } from "../protocol/words";
import type { PendingRequest } from "./pending";
import type { ClusterSession, Ghost, Received, RowMark, StatusFrame, TimelineEntry } from "./session";
import { holdCluster } from "./store";
import type { UrlState } from "./url_state";

/** Keeps the cluster's live connection open while the component is mounted. Call it once, in the page. */
export function useClusterConnection(cluster: string): void {
  useEffect(() => holdCluster(cluster), [cluster]);
}

/** A part of the cluster's session; re-renders when the part changes (Object.is). */
export function useCluster<T>(cluster: string, select: (session: ClusterSession) => T): T {
  throw new Error(`not written yet ${cluster} ${String(select)}`);
}

/** The shared one-second clock, ms; frozen rows use `TablesView.now`. */
export function useNow(cluster: string): number {
  return useCluster(cluster, (session) => session.now);
}

/** Both hops, recomputed each second. */
export function useFreshness(cluster: string): Freshness {
  throw new Error(`not written yet ${cluster}`);
}

/** What the state band shows, live even while paused. */
export interface BandView {
  readonly description: StateDescription;
  readonly freshness: Freshness;
  readonly nextStep: NextStep;
  readonly facts: StateFacts | undefined;
  /** "Last known 03:07:41: Quorum OK." */
  readonly lastKnown: string | undefined;
  readonly title: string;
  /** Six lines for the clipboard. */
  summary(): string;
}
export function useBand(cluster: string): BandView {
  throw new Error(`not written yet ${cluster}`);
}

/** What tables and timeline show: the newest, or what stood when paused. Ages: frame's age + (now - status.receivedAt). */
export interface TablesView {
  readonly view: MembershipView | undefined;
  readonly status: Received<StatusFrame> | undefined;
  readonly marks: Readonly<Record<string, RowMark>>;
  readonly ghosts: readonly Ghost[];
  readonly timeline: readonly TimelineEntry[];
  readonly now: number;
  readonly paused: { readonly forMs: number; readonly waiting: number } | null;
}
export function useTables(cluster: string): TablesView {
  throw new Error(`not written yet ${cluster}`);
}

/** Names of members, those that left included. */
export function useNames(cluster: string): NameOf {
  throw new Error(`not written yet ${cluster}`);
}

/** Requests of this cluster whose outcome is or was unknown, newest last. */
export function usePending(cluster: string): readonly PendingRequest[] {
  throw new Error(`not written yet ${cluster}`);
}

/** Why no change may be made now, in one sentence; null: it may. Judges freshness, leadership, quorum, change under way, unknown outcomes. */
export function useActingBlocked(cluster: string): string | null {
  throw new Error(`not written yet ${cluster}`);
}

/** The page's query parameters. */
export function useUrlState(): UrlState {
  throw new Error("not written yet");
}
