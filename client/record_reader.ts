import type { StoreApi } from "zustand/vanilla";
import type { HistoryEntry } from "../protocol/api";
import type { ReadResult } from "./actions";
import type { ConnectionPorts } from "./connection";
import { historyPage, keyOf } from "./history_book";
import { isBlank, onHistory } from "./reduce";
import type { ClusterSession } from "./session";
import { addAttempts, addHistory, setActors, withoutActors } from "./timeline";

/** Reads a page of a cluster's durable history. */
export type HistoryPort = (
  cluster: string,
  after: number,
  limit: number,
  withoutLearners: boolean,
) => Promise<ReadResult<{ readonly entries: readonly HistoryEntry[]; readonly more: boolean }>>;

/** Entries of the durable history read at most, and lines shown from before the page was opened. */
const HISTORY_ENTRIES_MAX = 10_000;
const HISTORY_LINES_MAX = 100;
/** What snapshots do not tell is asked at most this often (ms); and who made the newest lines, of so many at once. */
const ASK_EVERY_MS = 2000;
const ACTORS_AT_ONCE = 50;

interface ReaderPorts extends Pick<ConnectionPorts, "now"> {
  readonly history: HistoryPort;
}

/**
 * Reads what the stream does not tell from the durable history: what happened before the page was opened, who made a change, and
 * attempts that changed nothing. Never on a timer of its own: only where a frame said that there is something to read.
 */
export class RecordReader {
  readonly #store: StoreApi<ClusterSession>;
  readonly #ports: ReaderPorts;
  #earlier: "not read" | "reading" | "read" = "not read";
  #askedForActorsAt = Number.NEGATIVE_INFINITY;
  #askedForAttemptsAt = Number.NEGATIVE_INFINITY;
  /** The status's count when attempts were read last, and behind which index there may be more of them. */
  #attemptsRead = 0;
  #attemptsAfter: { readonly epoch: string; readonly index: number } | undefined;
  #knownAttempts: ReadonlySet<string> = new Set();

  constructor(store: StoreApi<ClusterSession>, ports: ReaderPorts) {
    this.#store = store;
    this.#ports = ports;
  }

  /** A connection was made, perhaps to a process that counts anew: where it counts any attempt, they are read once. */
  connected(): void {
    this.#attemptsRead = 0;
  }

  /** Once a second. */
  tick(): void {
    void this.#learnActors();
    void this.#learnAttempts();
  }

  /** Reads who made the newest changes. Where it cannot be read, it is asked again. */
  async #learnActors(): Promise<void> {
    const { timeline, session } = this.#store.getState();
    const unknown = withoutActors(timeline).slice(0, ACTORS_AT_ONCE);
    const now = this.#ports.now();
    if (unknown.length === 0 || session.kind !== "live" || now - this.#askedForActorsAt < ASK_EVERY_MS)
      return;
    this.#askedForActorsAt = now;
    const from = Math.min(...unknown.map(({ fromIndex }) => fromIndex));
    const until = Math.max(...unknown.map(({ index }) => index));
    const lines = await readSpan(this.#ports, this.#store.getState(), from, until);
    if (lines === undefined) return;
    const keys = new Set(unknown.map(({ key }) => key));
    this.#store.setState((current) => setActors(current, lines, keys));
  }

  /** Reads attempts that changed nothing, where the status counts others than were read. */
  async #learnAttempts(): Promise<void> {
    const { session, status, view } = this.#store.getState();
    const count = status?.value.refusals ?? 0;
    const now = this.#ports.now();
    if (count === this.#attemptsRead || view === undefined || session.kind !== "live") return;
    if (now - this.#askedForAttemptsAt < ASK_EVERY_MS) return;
    this.#askedForAttemptsAt = now;
    // What was there before the page was opened stands below everything else, and is not told as news.
    if (!(await this.loadEarlier())) return;
    const { epoch, snapshot } = view;
    const start =
      this.#attemptsAfter?.epoch === epoch ? this.#attemptsAfter.index : snapshot.committedIndex - 1;
    const lines = await readSpan(this.#ports, this.#store.getState(), start, Number.MAX_SAFE_INTEGER);
    if (lines === undefined) return;
    this.#attemptsRead = count;
    this.#attemptsAfter = { epoch, index: snapshot.committedIndex - 1 };
    const attempts = lines.filter(changedNothing);
    const fresh = attempts.filter((line) => !this.#knownAttempts.has(keyOf(line)));
    // Those before the next start are not read again.
    this.#knownAttempts = new Set(attempts.map(keyOf));
    if (fresh.length > 0) this.#store.setState((current) => addAttempts(current, fresh));
  }

  /**
   * Reads what happened before the page was opened, once. After a change of epoch there is nothing to put it under. False: it
   * is not there yet.
   */
  async loadEarlier(): Promise<boolean> {
    if (this.#earlier !== "not read") return this.#earlier === "read";
    const { timeline, view } = this.#store.getState();
    const first = timeline.findLast((entry) => entry.kind === "first");
    if (first?.kind !== "first" || view === undefined || isBlank(view)) return false;
    if (timeline.some((entry) => entry.kind === "epoch")) return true;
    this.#earlier = "reading";
    const lines = await readSpan(this.#ports, this.#store.getState(), 0, first.index);
    this.#earlier = lines === undefined ? "not read" : "read";
    if (lines === undefined) return false;
    this.#attemptsAfter = { epoch: view.epoch, index: first.index - 1 };
    this.#knownAttempts = new Set(lines.filter(changedNothing).map(keyOf));
    const shown = lines.slice(-HISTORY_LINES_MAX);
    this.#store.setState((session) => ({
      ...onHistory(session, lines),
      timeline: addHistory(session, shown),
    }));
    return true;
  }
}

function changedNothing({ outcome }: HistoryEntry): boolean {
  return outcome !== "applied";
}

/** Entries of the durable history with after < index <= until, oldest first; undefined where they could not be read. */
export async function readSpan(
  ports: Pick<ReaderPorts, "history">,
  { cluster, view }: Pick<ClusterSession, "cluster" | "view">,
  after: number,
  until: number,
): Promise<HistoryEntry[] | undefined> {
  const found: HistoryEntry[] = [];
  const { limit, withoutLearners } = historyPage(view);
  let from = after;
  for (let read = 0; read < HISTORY_ENTRIES_MAX; read += limit) {
    const answer = await ports.history(cluster, from, limit, withoutLearners);
    if (!answer.ok) return undefined;
    found.push(...answer.value.entries.filter(({ index }) => index > after && index <= until));
    const last = answer.value.entries.at(-1);
    if (!answer.value.more || last === undefined || last.index <= from || last.index >= until) break;
    from = last.index;
  }
  return found;
}
