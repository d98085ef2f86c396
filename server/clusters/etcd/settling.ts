import type { RequestOutcome } from "../../../protocol/api";
import { type Problem, problem } from "../../../protocol/problem";
import { isInForce } from "../attached/effects";
import type { RecordBook } from "../attached/record_book";
import type { Timers } from "../timers";
import { pause } from "./changes";
import { type EtcdMember, labelOf, toSeen } from "./member";
import type { Observer } from "./observer";

/** How long (ms) an endpoint has had, before it is asked, to notice that a call to it was given up. */
const GIVEN_UP_MS = 1000;
/** How long (ms) one step of finding out may take. */
const STEP_TIMEOUT_MS = 3000;

type Settled = Exclude<RequestOutcome, { readonly state: "pending" }>;

/** Where a request went, and when it was given up. */
interface Sent {
  readonly url: string;
  readonly at: number;
}

export interface SettlingOptions {
  readonly observer: Observer;
  readonly book: RecordBook;
  readonly timers: Timers;
  readonly newestIndex: () => number;
  /** Whom the voters take for leader now. */
  readonly leader: () => string | null;
}

/**
 * Finds out what became of requests without an answer. A change may still sit in the log of the member that was asked, or in its
 * network buffer while it is frozen. So that member has to put an entry of no effect through the log first: once that is
 * applied, all it proposed before is decided, and a linearizable list tells.
 */
export class Settling {
  private readonly options: SettlingOptions;
  private readonly sent = new Map<string, Sent>();

  constructor(options: SettlingOptions) {
    this.options = options;
  }

  /** A request goes to an endpoint now. */
  sending(requestId: string, url: string): void {
    this.sent.set(requestId, { url, at: this.options.timers.now() });
    for (const oldest of this.sent.keys()) {
      if (this.sent.size <= SENT_MAX) return;
      this.sent.delete(oldest);
    }
  }

  /** What is known now: `pending` while it may still be applied. */
  async outcome(requestId: string): Promise<RequestOutcome | Problem> {
    const { book } = this.options;
    const recorded = book.outcome(requestId);
    if (recorded !== undefined && recorded.state !== "pending") return recorded;
    if (book.openRequest(requestId) === undefined) return { state: "pending" };
    const looked = await this.look(requestId);
    if (looked === undefined) return unreadable();
    return looked === "not-yet" ? { state: "pending" } : book.settle(requestId, looked);
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
    const blocked = await this.decided(requestId);
    if (blocked !== undefined) return blocked;
    const looked = await this.look(requestId);
    if (looked === undefined) return unreadable();
    const outcome = book.settle(requestId, looked === "not-yet" ? { state: "not-applied" } : looked);
    this.sent.delete(requestId);
    return outcome.state === "pending" ? unreadable() : outcome;
  }

  /** Makes sure nobody can carry the request out any more. A problem: somebody could. */
  private async decided(requestId: string): Promise<Problem | undefined> {
    const { observer, timers } = this.options;
    const sent = this.sent.get(requestId);
    const left = sent === undefined ? 0 : sent.at + GIVEN_UP_MS - timers.now();
    if (left > 0) await pause(timers, left);
    // Whom to ask must be known for certain.
    if (!(await observer.read(STEP_TIMEOUT_MS)).ok) return unreadable();
    const passed = await Promise.all(
      this.suspects(sent).map(async (member) => {
        const endpoint = observer.endpointOf(member.id);
        if (endpoint === undefined) return { member, ok: false };
        const call = await endpoint.logBarrier(STEP_TIMEOUT_MS);
        // Nobody listens there: the process that was asked is gone, and what it had not proposed with it.
        const gone = !call.ok && call.fault.kind === "unreachable" && !call.fault.ambiguous;
        return { member, ok: call.ok || gone };
      }),
    );
    const silent = passed.find(({ ok }) => !ok);
    if (silent === undefined) return undefined;
    const detail = `It cannot be told yet: ${labelOf(silent.member)} was asked and does not answer now, and may still carry it out. Ask again.`;
    return problem("no-leader", detail, { requestId });
  }

  /** The member that was asked, and the leader it may have passed the request to; after a restart of this console any voter. */
  private suspects(sent: Sent | undefined): readonly EtcdMember[] {
    const { observer, leader } = this.options;
    const members = observer.known?.members ?? [];
    const voters = members.filter(({ isLearner, name }) => !isLearner && name !== "");
    if (sent === undefined) return voters;
    const asked = observer.reports.find(({ url }) => url === sent.url)?.self?.value.id;
    if (asked === undefined) return voters;
    return voters.filter(({ id }) => id === asked || id === leader());
  }

  /** A linearizable look for the effect of a request; undefined: it could not be taken. */
  private async look(requestId: string): Promise<Settled | "not-yet" | undefined> {
    const { observer, book, leader, newestIndex } = this.options;
    const intent = book.openRequest(requestId)?.begun.intent;
    const read = await observer.read(STEP_TIMEOUT_MS);
    // Taking the look in may have settled it by itself.
    const recorded = book.outcome(requestId);
    if (recorded !== undefined && recorded.state !== "pending") return recorded;
    if (!read.ok || intent === undefined) return undefined;
    const done = isInForce(intent, read.value.members.map(toSeen), leader());
    if (done === true) return { state: "applied", index: newestIndex() };
    if (done === false) return "not-yet";
    if (intent.kind === "transfer") return undefined;
    const reason = `${intent.name} is no member any more; whether it was done before cannot be told.`;
    return { state: "rejected", index: newestIndex(), reason };
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
