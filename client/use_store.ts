import { useEffect, useSyncExternalStore } from "react";
import { useStore } from "zustand/react";
import { useShallow } from "zustand/react/shallow";
import type { Freshness } from "../protocol/freshness";
import type { IdFormat } from "../protocol/member_ids";
import type { MembershipView } from "../protocol/membership";
import type { NameOf } from "../protocol/words";
import { actingBlocked, type BandView, bandOf, namesIn } from "./band";
import { type PendingRequest, pendingStore } from "./pending";
import { sessionFreshness } from "./reduce";
import type { ClusterSession, Ghost, Received, RowMark, StatusFrame, TimelineEntry } from "./session";
import { clusterStore, holdCluster } from "./store";
import { currentUrlState, emptyUrlState, subscribeUrlState, type UrlState } from "./url_state";

export type { BandView } from "./band";

/** Keeps the cluster's live connection open while the component is mounted. Call it once, in the page. */
export function useClusterConnection(cluster: string): void {
  useEffect(() => holdCluster(cluster), [cluster]);
}

/** A part of the cluster's session; re-renders when the part changes (Object.is). */
export function useCluster<T>(cluster: string, select: (session: ClusterSession) => T): T {
  return useStore(clusterStore(cluster), select);
}

/** The shared one-second clock, ms; frozen rows use `TablesView.now`. */
export function useNow(cluster: string): number {
  return useCluster(cluster, (session) => session.now);
}

/** Works a value out once per key object, so that a selector gives the same result for the same session. */
function oncePer<K extends object, V>(work: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>();
  return (key) => {
    const held = known.get(key);
    if (held !== undefined) return held;
    const made = work(key);
    known.set(key, made);
    return made;
  };
}

/** Both hops, recomputed each second. */
export function useFreshness(cluster: string): Freshness {
  return useStore(
    clusterStore(cluster),
    useShallow((session: ClusterSession) => sessionFreshness(session)),
  );
}

const bandOnce = oncePer(bandOf);

/** The state band of the cluster. */
export function useBand(cluster: string): BandView {
  return useCluster(cluster, bandOnce);
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

const tablesOnce = oncePer((session: ClusterSession): TablesView => {
  const { pause, now } = session;
  const { view, status, marks, ghosts, timeline } = pause?.frozen ?? session;
  if (pause === null) return { view, status, marks, ghosts, timeline, now, paused: null };
  const { frozen, waiting } = pause;
  const paused = { forMs: Math.max(0, now - frozen.at), waiting };
  return { view, status, marks, ghosts, timeline, now: frozen.at, paused };
});

/** Tables and timeline of the cluster. */
export function useTables(cluster: string): TablesView {
  return useStore(clusterStore(cluster), useShallow(tablesOnce));
}

const namesOnce = oncePer((names: ClusterSession["names"]): NameOf => namesIn({ names }));

/** Names of members, those that left included. */
export function useNames(cluster: string): NameOf {
  return namesOnce(useCluster(cluster, (session) => session.names));
}

/** How operators know this cluster's ids; undefined until the console told. */
export function useIdFormat(cluster: string): IdFormat | undefined {
  return useCluster(cluster, (session) => session.hello?.capabilities.idFormat);
}

/** Requests of this cluster whose outcome is or was unknown, newest last. */
export function usePending(cluster: string): readonly PendingRequest[] {
  return useStore(
    pendingStore(),
    useShallow((state) => state.requests.filter((request) => request.cluster === cluster)),
  );
}

const judged = (outcomeUnknown: boolean) => {
  const once = oncePer((session: ClusterSession) => ({ why: actingBlocked(session, outcomeUnknown) }));
  return (session: ClusterSession) => once(session).why;
};
/** Judged once for each session: every row with a button asks. */
const blocked = judged(false);
const blockedWhileWatching = judged(true);

/** Why no change may be made now, in one sentence; null: it may. Judges freshness, leadership, quorum, change under way, unknown outcomes. */
export function useActingBlocked(cluster: string): string | null {
  const watching = useStore(pendingStore(), (state) =>
    state.requests.some((request) => request.cluster === cluster && request.outcome.state === "watching"),
  );
  return useCluster(cluster, watching ? blockedWhileWatching : blocked);
}

/** The page's query parameters. */
export function useUrlState(): UrlState {
  return useSyncExternalStore(subscribeUrlState, currentUrlState, () => emptyUrlState);
}
