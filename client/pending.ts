import { z } from "zod";
import { createStore, type StoreApi } from "zustand/vanilla";
import type { RequestOutcome } from "../protocol/api";
import { type MemberId, memberIdSchema } from "../protocol/membership";
import { appliedSentence, NOT_APPLIED, NOT_KNOWN_HERE, outcomeUnknownSentence } from "../protocol/words";
import { pageActions, type ReadResult } from "./actions";
import { browserTimers, tabStorage } from "./browser";
import type { ConnectionPorts, Timer } from "./connection";

const outcomeSchema = z.discriminatedUnion("state", [
  z.object({ state: z.literal("watching") }),
  z.object({ state: z.literal("applied"), index: z.number() }),
  /** `reason` is null when it never reached the log. */
  z.object({ state: z.literal("not-applied"), reason: z.string().nullable() }),
  /** This console's node was removed: it cannot tell any more. */
  z.object({ state: z.literal("not-known-here") }),
]);

const pendingRequestSchema = z.object({
  requestId: z.string(),
  cluster: z.string(),
  /** The dialog to open again: "add", "promote", "demote", "remove", "transfer" or "replace". */
  action: z.string(),
  member: memberIdSchema.nullable(),
  /** The subject of its sentence: "Promoting n4". */
  doing: z.string(),
  sentAt: z.number(),
  /** After it the answering node has stopped trying. */
  deadlineAt: z.number(),
  outcome: outcomeSchema,
  /** What the strip says: "Outcome unknown - watching. ...", "Applied at index 58.", "Not applied." */
  sentence: z.string(),
});

/** A request whose answer was lost. Times are ms on this browser's clock. */
export type PendingRequest = z.infer<typeof pendingRequestSchema>;

/** Requests watched or resolved, oldest first. */
export interface PendingState {
  readonly requests: readonly PendingRequest[];
}

/** What to watch; the outcome and its sentence are the store's. */
export interface WatchedRequest extends Omit<PendingRequest, "outcome" | "sentence"> {
  readonly member: MemberId | null;
}

/** Requests with an unknown outcome; they survive a reload and are watched until they are known. */
export interface PendingStore extends StoreApi<PendingState> {
  /** Watches a request until its outcome is known. Watching the same one again changes nothing. */
  watch(request: WatchedRequest): void;
  /** Forgets a request whose outcome is known; a no-op for one still watched. */
  dismiss(requestId: string): void;
  /** Goes on with what was kept from before a reload; may be called again. */
  start(): void;
  stop(): void;
}

/** What watching needs of its surroundings. */
export interface PendingPorts extends Pick<ConnectionPorts, "now" | "setTimer" | "clearTimer"> {
  readonly storage: Pick<Storage, "getItem" | "setItem"> | undefined;
  readonly requestOutcome: (cluster: string, requestId: string) => Promise<ReadResult<RequestOutcome>>;
  readonly settleRequest: (cluster: string, requestId: string) => Promise<ReadResult<RequestOutcome>>;
}

const STORAGE_KEY = "rollcall.pending";
/** Requests kept; the oldest resolved ones go first. */
const REQUESTS_MAX = 20;
/** Polling begins at this interval (ms), doubles, and stays at the cap. */
const POLL_BASE_MS = 500;
const POLL_CAP_MS = 5000;
/** Wait this long (ms) after the deadline before the request is settled: clocks are not equally fast. */
const SETTLE_AFTER_MS = 1000;

/** Makes the store over the given ports; nothing is read or polled before start(). */
export function createPendingStore(ports: PendingPorts): PendingStore {
  const store = createStore<PendingState>(() => ({ requests: [] }));
  const watcher = new OutcomeWatcher(store, ports);
  return Object.assign(store, {
    watch: (request: WatchedRequest) => watcher.watch(request),
    dismiss: (requestId: string) => watcher.dismiss(requestId),
    start: () => watcher.start(),
    stop: () => watcher.stop(),
  });
}

class OutcomeWatcher {
  readonly #store: StoreApi<PendingState>;
  readonly #ports: PendingPorts;
  readonly #timers = new Map<string, Timer>();
  #running = false;

  constructor(store: StoreApi<PendingState>, ports: PendingPorts) {
    this.#store = store;
    this.#ports = ports;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    const known = new Set(this.#requests().map(({ requestId }) => requestId));
    const kept = readRequests(this.#ports.storage).filter(({ requestId }) => !known.has(requestId));
    if (kept.length > 0) this.#store.setState({ requests: [...kept, ...this.#requests()] });
    for (const request of this.#requests()) {
      if (request.outcome.state === "watching") this.#pollIn(request.requestId, 0, POLL_BASE_MS);
    }
  }

  stop(): void {
    this.#running = false;
    for (const timer of this.#timers.values()) this.#ports.clearTimer(timer);
    this.#timers.clear();
  }

  watch(request: WatchedRequest): void {
    this.start();
    if (this.#requests().some(({ requestId }) => requestId === request.requestId)) return;
    const sentence = outcomeUnknownSentence(request.doing);
    this.#keep([...this.#requests(), { ...request, outcome: { state: "watching" }, sentence }]);
    this.#pollIn(request.requestId, POLL_BASE_MS, POLL_BASE_MS);
  }

  dismiss(id: string): void {
    this.#keep(
      this.#requests().filter(({ requestId, outcome }) => requestId !== id || outcome.state === "watching"),
    );
  }

  #requests(): readonly PendingRequest[] {
    return this.#store.getState().requests;
  }

  #keep(requests: readonly PendingRequest[]): void {
    const watched = requests.filter(({ outcome }) => outcome.state === "watching");
    const room = Math.max(0, REQUESTS_MAX - watched.length);
    const resolved = requests.filter(({ outcome }) => outcome.state !== "watching");
    const kept = new Set([...watched, ...(room === 0 ? [] : resolved.slice(-room))]);
    const next = requests.filter((request) => kept.has(request));
    this.#store.setState({ requests: next });
    try {
      this.#ports.storage?.setItem(STORAGE_KEY, JSON.stringify(next));
    } catch {
      // A full or forbidden storage: the strip then ends with the page, the outcome stands in the history all the same.
    }
  }

  #pollIn(requestId: string, ms: number, interval: number): void {
    const timer = this.#ports.setTimer(() => void this.#poll(requestId, interval), ms);
    this.#timers.set(requestId, timer);
  }

  async #poll(requestId: string, interval: number): Promise<void> {
    const request = this.#requests().find((one) => one.requestId === requestId);
    if (request === undefined) return;
    const settle = this.#ports.now() >= request.deadlineAt + SETTLE_AFTER_MS;
    const ask = settle ? this.#ports.settleRequest : this.#ports.requestOutcome;
    const answer = await ask(request.cluster, requestId);
    if (!this.#running) return;
    const removed = !answer.ok && answer.problem?.code === "node-removed";
    const resolved = answer.ok ? resolvedBy(answer.value) : removed ? notKnownHere : undefined;
    if (resolved === undefined) {
      this.#pollIn(requestId, interval, Math.min(POLL_CAP_MS, interval * 2));
      return;
    }
    this.#timers.delete(requestId);
    this.#keep(this.#requests().map((one) => (one.requestId === requestId ? { ...one, ...resolved } : one)));
  }
}

/** No reading of this console can end the doubt; the durable history at another one does. */
const notKnownHere: Pick<PendingRequest, "outcome" | "sentence"> = {
  outcome: { state: "not-known-here" },
  sentence: NOT_KNOWN_HERE,
};

function resolvedBy(outcome: RequestOutcome): Pick<PendingRequest, "outcome" | "sentence"> | undefined {
  switch (outcome.state) {
    case "pending":
      return undefined;
    case "applied":
      return {
        outcome: { state: "applied", index: outcome.index },
        sentence: appliedSentence(outcome.index),
      };
    case "rejected":
      return { outcome: { state: "not-applied", reason: outcome.reason }, sentence: NOT_APPLIED };
    case "not-applied":
      return { outcome: { state: "not-applied", reason: null }, sentence: NOT_APPLIED };
  }
}

function readRequests(storage: PendingPorts["storage"]): PendingRequest[] {
  try {
    const parsed = z
      .array(pendingRequestSchema)
      .max(REQUESTS_MAX)
      .safeParse(JSON.parse(storage?.getItem(STORAGE_KEY) ?? "[]"));
    return parsed.success ? parsed.data : [];
  } catch {
    return [];
  }
}

let page: PendingStore | undefined;

/** The store of this page; it starts with the page's connection. */
export function pendingStore(): PendingStore {
  page ??= createPendingStore({
    ...browserTimers,
    storage: tabStorage(),
    requestOutcome: (cluster, id) => pageActions().requestOutcome(cluster, id),
    settleRequest: (cluster, id) => pageActions().settleRequest(cluster, id),
  });
  return page;
}
