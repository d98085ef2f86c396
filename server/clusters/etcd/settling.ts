import type { RequestOutcome } from "../../../protocol/api";
import type { MemberId } from "../../../protocol/membership";
import { type Problem, problem } from "../../../protocol/problem";
import { isInForce } from "../attached/effects";
import type { RecordBook } from "../attached/record_book";
import type { Timers } from "../timers";
import { addedBy, pause } from "./changes";
import type { EtcdEndpoint } from "./endpoint";
import { type EtcdMember, labelOf, toSeen } from "./member";
import type { Observer } from "./observer";

/** How long (ms) an endpoint has had, before it is asked, to notice that a call to it was given up. */
const GIVEN_UP_MS = 1000;
/** How long (ms) one step of finding out may take. */
const STEP_TIMEOUT_MS = 3000;

type Settled = Exclude<RequestOutcome, { readonly state: "pending" }>;

/** What this run knows of a request's way. */
interface Sent {
  /** When it was sent, on the console's clock. */
  readonly at: number;
  /** Members that have put an entry through the log since it was given up: they carry nothing of it out any more. */
  readonly passed: Set<MemberId>;
}

export interface SettlingOptions {
  readonly observer: Pick<Observer, "known" | "read"> & {
    endpointOf(id: MemberId): Pick<EtcdEndpoint, "logBarrier"> | undefined;
  };
  readonly book: RecordBook;
  readonly timers: Timers;
  readonly newestIndex: () => number;
  /** Whom the voters take for leader now. */
  readonly leader: () => string | null;
}

/**
 * Finds out what became of requests without an answer. A change may still sit in the log of the member that was asked, or in its
 * network buffer while it is frozen. So that member has to put an entry of no effect through the log first: once that is
 * applied, all it proposed before is decided, and a linearizable list tells. Whom a request was sent to is on the disk, so a console that
 * was killed in the middle of one waits for nobody else either: a member whose machine is gone would never answer.
 */
export class Settling {
  private readonly options: SettlingOptions;
  private readonly sent = new Map<string, Sent>();
  /** What an earlier run had sent was given up by then. */
  private readonly startedAt: number;

  constructor(options: SettlingOptions) {
    this.options = options;
    this.startedAt = options.timers.now();
  }

  /** A request goes out now. */
  sending(requestId: string): void {
    this.remember(requestId, { at: this.options.timers.now(), passed: new Set() });
  }

  private remember(requestId: string, sent: Sent): Sent {
    this.sent.set(requestId, sent);
    for (const oldest of this.sent.keys()) {
      if (this.sent.size <= SENT_MAX) break;
      this.sent.delete(oldest);
    }
    return sent;
  }

  /** What is known now: `pending` while it may still be applied. */
  async outcome(requestId: string): Promise<RequestOutcome | Problem> {
    const { book } = this.options;
    const recorded = book.outcome(requestId);
    if (recorded !== undefined && recorded.state !== "pending") return recorded;
    const open = book.openRequest(requestId);
    if (open === undefined) return { state: "pending" };
    // Broken off before it went to anybody.
    if (open.state === "unknown" && open.sentTo === undefined) {
      return book.settle(requestId, { state: "not-applied" });
    }
    const looked = await this.look(requestId);
    if (looked === undefined) return unreadable();
    return looked === "not-yet" ? { state: "pending" } : looked;
  }

  /** Ends the doubt. A problem: it cannot be ended now. */
  async settle(requestId: string): Promise<RequestOutcome | Problem> {
    const { book } = this.options;
    const recorded = book.outcome(requestId);
    if (recorded !== undefined && recorded.state !== "pending") return recorded;
    const open = book.openRequest(requestId);
    if (open === undefined) return book.settle(requestId, { state: "not-applied" });
    if (open.state === "under-way") {
      return problem("change-in-progress", "The request is still under way; ask again once it has ended.");
    }
    if (open.sentTo === undefined) return book.settle(requestId, { state: "not-applied" });
    const blocked = await this.decided(requestId, open.sentTo);
    if (blocked !== undefined) return blocked;
    const looked = await this.look(requestId);
    if (looked === undefined) return unreadable();
    const outcome = looked === "not-yet" ? book.settle(requestId, { state: "not-applied" }) : looked;
    this.sent.delete(requestId);
    return outcome.state === "pending" ? unreadable() : outcome;
  }

  /** Makes sure nobody can carry the request out any more. A problem: somebody could. */
  private async decided(requestId: string, asked: MemberId): Promise<Problem | undefined> {
    const { observer, timers } = this.options;
    const sent =
      this.sent.get(requestId) ?? this.remember(requestId, { at: this.startedAt, passed: new Set() });
    const left = sent.at + GIVEN_UP_MS - timers.now();
    if (left > 0) await pause(timers, left);
    // Whom to ask must be known for certain.
    if (!(await observer.read(STEP_TIMEOUT_MS)).ok) return unreadable();
    const suspects = this.suspects(asked).filter(({ id }) => !sent.passed.has(id));
    await Promise.all(
      suspects.map(async ({ id }) => {
        if (await this.isPast(id)) sent.passed.add(id);
      }),
    );
    const silent = suspects.find(({ id }) => !sent.passed.has(id));
    if (silent === undefined) return undefined;
    const detail = `It cannot be told yet: ${labelOf(silent)} was asked and does not answer now, and may still carry it out. Start it, or remove it if it is gone for good; then ask again.`;
    return problem("no-leader", detail, { requestId });
  }

  /** Whether a member has decided everything that it was asked so far. */
  private async isPast(id: MemberId): Promise<boolean> {
    const call = await this.options.observer.endpointOf(id)?.logBarrier(STEP_TIMEOUT_MS);
    if (call === undefined || call.ok) return call !== undefined;
    // The process that was asked is gone, and what it had not proposed with it. A host that is merely out of reach may have it yet.
    return call.fault.nobodyListens === true;
  }

  /** The member that was asked, and the leader it may have passed the request to. */
  private suspects(asked: MemberId): readonly EtcdMember[] {
    const { observer, leader } = this.options;
    const members = observer.known?.members ?? [];
    return members.filter(({ id, isLearner }) => !isLearner && (id === asked || id === leader()));
  }

  /** A linearizable look for the effect of a request, recorded where there is one; undefined: it could not be taken. */
  private async look(requestId: string): Promise<RequestOutcome | "not-yet" | undefined> {
    const { observer, book, leader, newestIndex } = this.options;
    const intent = book.openRequest(requestId)?.begun.intent;
    const read = await observer.read(STEP_TIMEOUT_MS);
    // Taking the look in may have settled it by itself.
    const recorded = book.outcome(requestId);
    if (recorded !== undefined && recorded.state !== "pending") return recorded;
    if (!read.ok || intent === undefined) return undefined;
    const { members } = read.value;
    const settled = (outcome: Settled) => book.settle(requestId, outcome, addedBy(intent, members));
    const done = isInForce(intent, members.map(toSeen), leader());
    if (done === true) return settled({ state: "applied", index: newestIndex() });
    if (done === false) return "not-yet";
    if (intent.kind === "transfer") return undefined;
    const reason = `${intent.name} is no member any more; whether it was done before cannot be told.`;
    return settled({ state: "rejected", index: newestIndex(), reason });
  }
}

/** Requests whose endpoint is remembered. */
const SENT_MAX = 64;

function unreadable(): Problem {
  return problem(
    "no-leader",
    "The outcome cannot be read now: no majority of the members answered in time. Ask again.",
  );
}
