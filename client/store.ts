import { createStore, type StoreApi } from "zustand/vanilla";
import type { ServerFrame } from "../protocol/frames";
import type { MembershipView } from "../protocol/membership";
import { accessStore } from "./access";
import { pageActions } from "./actions";
import { browserConnectionPorts, onPageHide, onPageWake, streamUrl, tabStorage } from "./browser";
import {
  type Connection,
  type ConnectionListener,
  type ConnectionPorts,
  createConnection,
  type Timer,
} from "./connection";
import { type HeldStorage, newerView, parseHeldFragment, readHeld, writeHeld } from "./held_view";
import { pendingStore } from "./pending";
import { type HistoryPort, RecordReader, readSpan } from "./record_reader";
import {
  emptySession,
  onAnyFrame,
  onConnection,
  onHello,
  onHistory,
  onMachine,
  onMembership,
  onPause,
  onResume,
  onStatus,
  onTick,
} from "./reduce";
import type { ClusterSession, TimelineEntry } from "./session";
import { setParts } from "./timeline";

export { MARK_MS } from "./reduce";
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
export { TIMELINE_ENTRIES_MAX } from "./timeline";

/** One cluster's live state and what can be done to its display. */
export interface ClusterStore extends StoreApi<ClusterSession> {
  readonly connection: Connection;
  /** Freezes tables and timeline; state, freshness and dialogs stay live. */
  pause(): void;
  resume(): void;
  retryNow(): void;
  /** Fills a membership entry's parts from the server's durable history; a no-op for other entries, or once filled. */
  expand(key: number): Promise<void>;
  /** Connects and keeps the clock; a second call is a no-op. */
  start(): void;
  stop(): void;
}

/** What a store needs of its surroundings. */
export interface StorePorts extends ConnectionPorts {
  readonly url: () => string;
  readonly storage: () => HeldStorage;
  /** A view carried here from another console; taken once. */
  readonly carried: () => MembershipView | undefined;
  readonly history: HistoryPort;
  readonly onWake: (wake: () => void) => () => void;
  readonly onHide: (hide: () => void) => () => void;
}

/** The shared clock's step (ms). */
const TICK_MS = 1000;
/** Makes the store of one cluster; it connects on start(). */
export function createClusterStore(cluster: string, ports: StorePorts): ClusterStore {
  const store = createStore<ClusterSession>(() => emptySession(cluster, 0));
  const owner = new SessionOwner(store, ports);
  return Object.assign(store, {
    connection: owner.connection,
    pause: () => owner.update((session) => onPause(session, ports.now())),
    resume: () => owner.update(onResume),
    retryNow: () => owner.connection.retryNow(),
    expand: (key: number) => expandEntry(store, ports, key),
    start: () => owner.start(),
    stop: () => owner.stop(),
  });
}

/** Feeds one session from its connection and its clock, and keeps the newest view for after a reload. */
class SessionOwner {
  readonly connection: Connection;
  readonly #store: StoreApi<ClusterSession>;
  readonly #ports: StorePorts;
  #detach: (() => void) | undefined;
  #clock: Timer;
  #written: MembershipView | undefined;
  readonly #record: RecordReader;

  constructor(store: StoreApi<ClusterSession>, ports: StorePorts) {
    this.#store = store;
    this.#ports = ports;
    this.#record = new RecordReader(store, ports);
    const listener: ConnectionListener = {
      frame: (frame) => this.#receive(frame),
      badFrame: () => this.update((session) => ({ ...session, badFrames: session.badFrames + 1 })),
      incompatible: () => this.update((session) => ({ ...session, incompatible: true })),
      state: (state) => this.update((session) => onConnection(session, state, ports.now())),
    };
    this.connection = createConnection(ports.url, listener, ports);
  }

  update(change: (session: ClusterSession) => ClusterSession): void {
    this.#store.setState(change, true);
  }

  start(): void {
    if (this.#detach !== undefined) return;
    const offWake = this.#ports.onWake(() => {
      this.#tick();
      this.connection.wake();
    });
    const offHide = this.#ports.onHide(() => this.#persist());
    this.#detach = () => {
      offWake();
      offHide();
    };
    const { held, cluster } = this.#store.getState();
    if (held === undefined) {
      const kept = newerView(readHeld(this.#ports.storage(), cluster), this.#ports.carried());
      this.update((session) => ({ ...session, held: kept }));
    }
    this.#run();
    this.connection.start();
  }

  stop(): void {
    if (this.#detach === undefined) return;
    this.#detach();
    this.#detach = undefined;
    this.#ports.clearTimer(this.#clock);
    this.connection.stop();
    this.#persist();
  }

  #run(): void {
    this.#clock = this.#ports.setTimer(() => this.#run(), TICK_MS);
    this.#tick();
  }

  #tick(): void {
    this.update((session) => onTick(session, this.#ports.now()));
    this.#record.tick();
    this.#persist();
  }

  #persist(): void {
    const { held, cluster } = this.#store.getState();
    if (held === undefined || held === this.#written) return;
    writeHeld(this.#ports.storage(), cluster, held);
    this.#written = held;
  }

  #receive(frame: ServerFrame): void {
    const now = this.#ports.now();
    this.update((session) => applyFrame(onAnyFrame(session, now), frame, now));
    if (frame.type === "hello") this.#record.connected();
    if (frame.type === "membership") void this.#record.loadEarlier();
  }
}

function applyFrame(session: ClusterSession, frame: ServerFrame, now: number): ClusterSession {
  switch (frame.type) {
    case "hello":
      return onHello(session, frame);
    case "membership":
      return onMembership(session, frame, now);
    case "status":
      return onStatus(session, frame, now);
    case "machine":
      return onMachine(session, frame, now);
    case "heartbeat":
      return session;
  }
}

async function expandEntry(store: StoreApi<ClusterSession>, ports: StorePorts, key: number): Promise<void> {
  const entry = store.getState().timeline.find((one) => one.key === key);
  if (entry?.kind !== "membership" || typeof entry.parts !== "string" || entry.parts === "loading") return;
  const put = (parts: Extract<TimelineEntry, { kind: "membership" }>["parts"]) =>
    store.setState((session) => setParts(session, key, parts));
  put("loading");
  const lines = await readSpan(ports, store.getState(), entry.fromIndex, entry.index);
  put(lines ?? "failed");
  if (lines !== undefined) store.setState((session) => onHistory(session, lines));
}

const stores = new Map<string, { readonly store: ClusterStore; holders: number }>();
/** A connection nobody holds is closed after this long (ms): strict mode and navigation let go and hold again at once. */
const RELEASE_AFTER_MS = 1000;

/** Whoever signs out, or whose session ended, is shown nothing more: what is open was opened for him. */
function endWithSession(): void {
  accessStore().subscribe(({ access }, before) => {
    if (access?.role !== null || before.access?.role == null) return;
    for (const { store } of stores.values()) store.stop();
  });
}

function pagePorts(cluster: string): StorePorts {
  return {
    ...browserConnectionPorts,
    url: () => streamUrl(cluster),
    storage: tabStorage,
    carried: takeCarried,
    history: (...asked) => pageActions().history(...asked),
    onWake: onPageWake,
    onHide: onPageHide,
  };
}

/** Takes the view out of the address, so that a copied address does not carry it further. */
function takeCarried(): MembershipView | undefined {
  const view = parseHeldFragment(location.hash);
  if (view !== undefined) history.replaceState(history.state, "", location.pathname + location.search);
  return view;
}

function shared(cluster: string): { readonly store: ClusterStore; holders: number } {
  const known = stores.get(cluster);
  if (known !== undefined) return known;
  if (stores.size === 0) endWithSession();
  const made = { store: createClusterStore(cluster, pagePorts(cluster)), holders: 0 };
  stores.set(cluster, made);
  return made;
}

/**
 * The store of a cluster, shared by the whole page. Owned by this module, not by a component, so that React's strict mode,
 * which runs effects twice, opens one socket only.
 */
export function clusterStore(cluster: string): ClusterStore {
  return shared(cluster).store;
}

/** Keeps the cluster's connection open until the returned function was called by all; for `useEffect`. */
export function holdCluster(cluster: string): () => void {
  const held = shared(cluster);
  held.holders += 1;
  pendingStore().start();
  held.store.start();
  let holding = true;
  return () => {
    if (!holding) return;
    holding = false;
    held.holders -= 1;
    setTimeout(() => {
      if (held.holders === 0) held.store.stop();
    }, RELEASE_AFTER_MS);
  };
}
