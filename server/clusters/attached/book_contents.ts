import type { HistoryEntry, RequestOutcome } from "../../../protocol/api";
import type { MemberId, MembershipView } from "../../../protocol/membership";
import { problem } from "../../../protocol/problem";
import type { ActionResult } from "../cluster";
import type { Begun, BookRecord, Ended, Settled, StoredPlan } from "./records";

/** Lines of history, ended requests and plans that are kept; the oldest go first. */
const HISTORY_MAX = 5000;
const REQUESTS_MAX = 512;
const PLANS_MAX = 20;

/** A request whose outcome is not known: still worked on, or without an answer. */
export interface OpenRequest {
  readonly begun: Begun;
  readonly state: "under-way" | "unknown";
  /** The member it was sent to; undefined: it was not sent, or its cluster's console does not say. */
  readonly sentTo?: MemberId;
}

/** An ended request, with what became of it later where its first outcome was unknown. */
interface Closed {
  readonly begun: Begun;
  readonly ended: Ended | undefined;
  readonly settled: Settled | undefined;
}

/** What a record book holds, worked out from its lines. Pure but for its own memory. */
export class BookContents {
  readonly open = new Map<string, OpenRequest>();
  view: MembershipView | undefined;
  private readonly storedPlans = new Map<string, StoredPlan>();
  private readonly closed = new Map<string, Closed>();
  /** Ids that were closed before any request came with them. */
  private readonly shut = new Map<string, Settled>();
  /** Ended as unknown, and not settled: their first answer. */
  private readonly doubts = new Map<string, Ended>();
  private readonly entries: HistoryEntry[] = [];
  private highest = 0;
  private attempts = 0;

  /** Guided plans, oldest first. */
  get plans(): readonly StoredPlan[] {
    return [...this.storedPlans.values()];
  }

  /** Highest index of the history and of the newest view. */
  get lastIndex(): number {
    return Math.max(this.highest, this.view?.snapshot.committedIndex ?? 0);
  }

  /** Lines taken in of attempts that changed nothing, or may have. */
  get refusals(): number {
    return this.attempts;
  }

  /** Takes a line in. */
  take(record: BookRecord): void {
    switch (record.type) {
      case "book":
        return;
      case "begun":
        this.closed.delete(record.requestId);
        this.open.set(record.requestId, { begun: record, state: "under-way" });
        return;
      case "sent":
        this.change(record.requestId, { sentTo: record.to });
        return;
      case "ended":
        this.takeEnded(record);
        return;
      case "settled":
        this.takeSettled(record);
        return;
      case "line":
        this.addEntry(record.entry);
        return;
      case "view":
        this.view = record.view;
        return;
      case "plan":
        this.storedPlans.set(record.plan.id, record.plan);
        this.trimPlans();
        return;
    }
  }

  /** After a restart nobody works on anything: what had begun has an unknown outcome. */
  reopened(): void {
    for (const id of this.open.keys()) this.change(id, { state: "unknown" });
  }

  private change(requestId: string, change: Partial<OpenRequest>): void {
    const open = this.open.get(requestId);
    if (open !== undefined) this.open.set(requestId, { ...open, ...change });
  }

  private takeEnded(record: Ended): void {
    const { requestId, result, entry } = record;
    const begun = this.open.get(requestId)?.begun;
    this.addEntry(entry);
    if (begun === undefined) return;
    if (!result.ok && result.problem.code === "outcome-unknown") {
      this.change(requestId, { state: "unknown" });
      this.doubts.set(requestId, record);
      return;
    }
    this.open.delete(requestId);
    // What certainly did nothing may be tried again under its id.
    if (result.ok) this.close(requestId, { begun, ended: record, settled: undefined });
  }

  private takeSettled(record: Settled): void {
    const { requestId, entry } = record;
    const begun = this.open.get(requestId)?.begun;
    if (begun === undefined) {
      if (!this.closed.has(requestId)) keep(this.shut, requestId, record);
      return;
    }
    this.addEntry(entry);
    this.open.delete(requestId);
    this.close(requestId, { begun, ended: this.doubts.get(requestId), settled: record });
    this.doubts.delete(requestId);
  }

  private close(requestId: string, closed: Closed): void {
    keep(this.closed, requestId, closed);
  }

  /** An index never falls in the history, whatever a cluster's own does: pages are read by it. */
  private addEntry(entry: HistoryEntry | null): void {
    if (entry === null) return;
    if (entry.outcome !== "applied") this.attempts += 1;
    this.highest = Math.max(this.highest, entry.index);
    this.entries.push(entry.index === this.highest ? entry : { ...entry, index: this.highest });
    if (this.entries.length > HISTORY_MAX) this.entries.splice(0, this.entries.length - HISTORY_MAX);
  }

  private trimPlans(): void {
    for (const { id, state } of this.storedPlans.values()) {
      if (this.storedPlans.size <= PLANS_MAX) return;
      if (state !== "running" && state !== "paused") this.storedPlans.delete(id);
    }
  }

  /** The answer a request id already has; undefined where it may be worked on. */
  answered(requestId: string, asked: string): ActionResult | undefined {
    const open = this.open.get(requestId);
    const closed = this.closed.get(requestId);
    const begun = open?.begun ?? closed?.begun;
    if (begun === undefined && this.shut.has(requestId)) {
      return reused(requestId, "was closed before any request came with it");
    }
    if (begun === undefined) return undefined;
    if (begun.asked !== asked) return reused(requestId, "was used for another request here");
    if (open?.state === "under-way") return undefined;
    if (open !== undefined) return unknown(requestId);
    const { ended, settled } = closed ?? {};
    if (settled === undefined) return ended?.result;
    const { outcome } = settled;
    if (outcome.state === "applied" && this.view !== undefined) {
      return { ok: true, answer: { requestId, index: outcome.index, membership: this.view } };
    }
    return reused(requestId, "was found to have had no effect and is closed");
  }

  /** What is recorded of a request; undefined where there is nothing. */
  outcome(requestId: string): RequestOutcome | undefined {
    if (this.open.has(requestId)) return { state: "pending" };
    const closed = this.closed.get(requestId);
    if (closed?.settled !== undefined) return closed.settled.outcome;
    if (closed?.ended?.result.ok) return { state: "applied", index: closed.ended.result.answer.index };
    return this.shut.get(requestId)?.outcome;
  }

  /** Oldest first, entries with index > after, at most `limit`. */
  historyAfter(after: number, limit: number): HistoryEntry[] {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.entries[middle]?.index ?? 0) <= after) low = middle + 1;
      else high = middle;
    }
    return this.entries.slice(low, low + limit);
  }

  /** The fewest lines that say the same. */
  records(): BookRecord[] {
    const records: BookRecord[] = this.entries.map((entry) => ({ type: "line", entry }));
    records.push(...this.shut.values());
    for (const { begun, ended, settled } of this.closed.values()) {
      records.push(begun);
      if (ended !== undefined) records.push({ ...ended, entry: null });
      if (settled !== undefined) records.push({ ...settled, entry: null });
    }
    for (const [requestId, { begun, sentTo }] of this.open) {
      const doubt = this.doubts.get(requestId);
      records.push(begun);
      if (sentTo !== undefined) records.push({ type: "sent", requestId, to: sentTo });
      if (doubt !== undefined) records.push({ ...doubt, entry: null });
    }
    if (this.view !== undefined) records.push({ type: "view", view: this.view });
    for (const plan of this.plans) records.push({ type: "plan", plan });
    return records;
  }
}

/** Keeps a request's end, and forgets the oldest. */
function keep<T>(ends: Map<string, T>, requestId: string, end: T): void {
  ends.set(requestId, end);
  for (const id of ends.keys()) {
    if (ends.size <= REQUESTS_MAX) return;
    ends.delete(id);
  }
}

function reused(requestId: string, why: string): ActionResult {
  const detail = `Request id ${requestId} ${why}; nothing was done. Use a new one.`;
  return { ok: false, problem: problem("request-id-reused", detail) };
}

function unknown(requestId: string): ActionResult {
  const detail =
    "Its outcome is not known yet. It may have been applied; do not repeat it, ask for its outcome.";
  return { ok: false, problem: problem("outcome-unknown", detail, { requestId }) };
}
