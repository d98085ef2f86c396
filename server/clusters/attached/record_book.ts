import { randomBytes } from "node:crypto";
import type { HistoryEntry, RequestOutcome } from "../../../protocol/api";
import type { MemberId, MembershipView } from "../../../protocol/membership";
import { type Problem, problem } from "../../../protocol/problem";
import type { ActionResult } from "../cluster";
import { RequestMemory } from "../request_memory";
import { BookContents, type OpenRequest } from "./book_contents";
import { isEffectOf } from "./effects";
import { elsewhereEntry, endedEntry, settledEntry } from "./entries";
import type { Publication } from "./membership_feed";
import { cannotWrite, openBook } from "./open_book";
import { RecordFile, recordPath } from "./record_file";
import { type Begun, BOOK_FORMAT, type BookRecord, type Intent, type StoredPlan } from "./records";

export type { OpenRequest } from "./book_contents";

/** A book that has grown by this much (bytes) since it was last written anew is written anew, with what is still kept. */
const GROWTH_BYTES_MAX = 2 * 1024 * 1024;
/** Longest request that is remembered word for word; the gateway's bodies are far below. */
const ASKED_LENGTH_MAX = 65_536;

/** A request about to be sent to the cluster. */
export interface Undertaking {
  readonly requestId: string;
  /** All of what was asked: another request under the same id is told from a repeat by it. */
  readonly asked: unknown;
  readonly intent: Intent;
  readonly actor: string;
  /** The term known when it was taken; 0: none. */
  readonly term: number;
  /** Index of the newest view when it was taken. */
  readonly index: number;
}

/** How the work on a request ended. `rejected`: the cluster turned it down, not this console. */
export interface WorkResult {
  readonly result: ActionResult;
  readonly rejected?: boolean;
}

export interface RecordBookOptions {
  /** The cluster's name. */
  readonly cluster: string;
  /** Milliseconds since 1970. */
  readonly wallClock?: () => number;
  readonly log?: (level: "info" | "warn" | "error", text: string) => void;
  /** A book is written anew once it has grown by this many bytes. */
  readonly growthBytesMax?: number;
}

/**
 * The console's own durable record of one attached cluster: changes with actor and outcome, changes it saw and did not make, guided
 * plans, the newest view. Every request is on the disk before it is sent and its end before it is answered, so that a repeat
 * gets the first outcome and a doubt is known as one, also after a crash. It never throws for what the disk does: a damaged file is set
 * aside, and where nothing can be written no change is made; `trouble` says so.
 */
export class RecordBook {
  /** Drawn when the book was begun: part of the epoch where the index is the console's own. */
  readonly instance: string;
  private readonly contents: BookContents;
  private readonly file: RecordFile;
  private readonly options: Required<RecordBookOptions>;
  private readonly memory = new RequestMemory<ActionResult>();
  private writtenAnewAt = 0;
  private unwritable: string | undefined;
  private readonly found: string | undefined;

  private constructor(
    file: RecordFile,
    contents: BookContents,
    instance: string,
    options: Required<RecordBookOptions>,
    found: string | undefined,
  ) {
    this.file = file;
    this.contents = contents;
    this.instance = instance;
    this.options = options;
    this.found = found;
  }

  /** Opens the book of a cluster in its directory, which is made where there is none. */
  static open(directory: string, given: RecordBookOptions): RecordBook {
    const options = { wallClock: Date.now, log: () => {}, growthBytesMax: GROWTH_BYTES_MAX, ...given };
    const file = new RecordFile(recordPath(directory));
    const contents = new BookContents();
    const opened = openBook(file, contents, options.wallClock());
    const instance = opened.instance ?? randomBytes(8).toString("hex");
    if (opened.found !== undefined) options.log("warn", opened.found);
    const book = new RecordBook(file, contents, instance, options, opened.found);
    book.unwritable = opened.unwritable;
    if (opened.unwritable !== undefined) options.log("error", opened.unwritable);
    else if (opened.instance === undefined) book.writeAnew();
    else book.writtenAnewAt = file.size;
    return book;
  }

  /** What is wrong with the record, as a sentence for the operator; undefined when nothing is. */
  get trouble(): string | undefined {
    return this.unwritable ?? this.found;
  }

  /** The last view that was published, also in an earlier run. */
  get lastView(): MembershipView | undefined {
    return this.contents.view;
  }

  /** Attempts that changed nothing, or may have, as far as the book holds them; rises with each. */
  get refusals(): number {
    return this.contents.refusals;
  }

  /** Guided plans, oldest first. */
  get plans(): readonly StoredPlan[] {
    return this.contents.plans;
  }

  /** Requests under way, or of unknown outcome; oldest first. */
  get openRequests(): readonly OpenRequest[] {
    return [...this.contents.open.values()];
  }

  /**
   * Records a request, does the work and records how it ended. A repeat gets the first outcome, also while that is worked out and
   * after a restart; one that certainly did nothing may be tried again. `work` hands what the cluster answered to the membership
   * feed before it returns, so that the change is known as this console's own. What it throws counts as an unknown outcome.
   */
  async carryOut(undertaking: Undertaking, work: () => Promise<WorkResult>): Promise<ActionResult> {
    const { requestId } = undertaking;
    const asked = JSON.stringify(undertaking.asked).slice(0, ASKED_LENGTH_MAX);
    const known = this.contents.answered(requestId, asked);
    if (known !== undefined) return known;
    const run = () => this.perform(undertaking, asked, work);
    // The memory joins repeats while the work goes on; what lasts is in the book.
    const result = await this.memory.run(requestId, asked, run, () => false);
    return "code" in result ? { ok: false, problem: result } : result;
  }

  private async perform(
    undertaking: Undertaking,
    asked: string,
    work: () => Promise<WorkResult>,
  ): Promise<ActionResult> {
    const { requestId, intent, actor, term, index } = undertaking;
    const time = this.options.wallClock();
    const begun: Begun = { type: "begun", requestId, asked, intent, actor, time, term, index };
    if (!this.write(begun)) return { ok: false, problem: this.unrecorded() };
    let worked: WorkResult;
    try {
      worked = await work();
    } catch (error) {
      this.options.log("error", `request ${requestId}: ${String(error)}`);
      worked = { result: { ok: false, problem: unknownOutcome(requestId) } };
    }
    const { result, rejected = false } = worked;
    const entry = endedEntry(begun, result, rejected, this.lastView);
    this.write({ type: "ended", requestId, result, entry });
    return result;
  }

  /** Records to whom a request goes, before it does. A problem: it could not be, and nothing may be sent. */
  sending(requestId: string, to: MemberId): Problem | undefined {
    return this.write({ type: "sent", requestId, to }) ? undefined : this.unrecorded();
  }

  /** Whether changes can be recorded now; a problem: none is made until they can be. */
  writable(): Problem | undefined {
    return this.unwritable === undefined ? undefined : this.unrecorded();
  }

  /** Takes in what the membership feed published: remembers the view, and whose the changes were. */
  published({ view, changes }: Publication): void {
    const isNew = JSON.stringify(view) !== JSON.stringify(this.lastView);
    const records: BookRecord[] = isNew ? [{ type: "view", view }] : [];
    const index = Math.max(view.snapshot.committedIndex, this.contents.lastIndex);
    const left = changes.filter((change) => {
      const own = this.openRequests.find(({ begun }) => isEffectOf(change, begun.intent));
      if (own?.state === "unknown")
        records.push(settledRecord(own.begun, { state: "applied", index }, view, this.now(), change));
      return own === undefined;
    });
    for (const change of left)
      records.push({ type: "line", entry: elsewhereEntry(change, view, index, this.now()) });
    if (records.length > 0) this.write(...records);
  }

  /** What is recorded of a request; undefined where this console never took it. `pending`: under way, or not known yet. */
  outcome(requestId: string): RequestOutcome | undefined {
    return this.contents.outcome(requestId);
  }

  /** The request of that id, while it is under way or its outcome unknown. */
  openRequest(requestId: string): OpenRequest | undefined {
    return this.contents.open.get(requestId);
  }

  /**
   * Records what became of a request of unknown outcome, by a look at the cluster after its deadline; `not-applied` also closes an id
   * this console never took. `added`: the member it added. Answers what is recorded: the first such answer stands.
   */
  settle(
    requestId: string,
    outcome: Exclude<RequestOutcome, { state: "pending" }>,
    added?: { readonly id: MemberId; readonly name: string },
  ): RequestOutcome {
    const open = this.openRequest(requestId);
    if (open?.state === "under-way") return { state: "pending" };
    const known = this.outcome(requestId);
    if (known !== undefined && known.state !== "pending") return known;
    const shut: BookRecord = { type: "settled", requestId, outcome, entry: null };
    this.write(
      open === undefined ? shut : settledRecord(open.begun, outcome, this.lastView, this.now(), added),
    );
    return outcome;
  }

  /** Makes a plan, or what became of it, durable. False: it could not be written, and nothing changed. */
  savePlan(plan: StoredPlan): boolean {
    return this.write({ type: "plan", plan });
  }

  /** Oldest first, entries with index > after, at most `limit`. Refusals stand at the index that was in force. */
  history(
    after: number,
    limit: number,
  ): { readonly entries: readonly HistoryEntry[]; readonly more: boolean } {
    const entries = this.contents.historyAfter(after, limit + 1);
    return { entries: entries.slice(0, limit), more: entries.length > limit };
  }

  /** Removals of the last `ms`, by the wall clock, each with its age; oldest first. */
  removals(ms: number): { readonly id: MemberId; readonly name: string; readonly ageMs: number }[] {
    const now = this.now();
    const { entries } = this.history(0, Number.MAX_SAFE_INTEGER);
    return entries.flatMap(({ outcome, time, changes }) => {
      const ageMs = Math.max(0, now - time);
      if (outcome !== "applied" || ageMs > ms) return [];
      return changes.flatMap(({ kind, id, name }) => (kind === "remove" ? [{ id, name, ageMs }] : []));
    });
  }

  /** Closes the file; nothing can be recorded any more. */
  close(): void {
    this.file.close();
    this.unwritable = "The record is closed.";
  }

  private now(): number {
    return this.options.wallClock();
  }

  private unrecorded(): Problem {
    return problem("unrecorded", `Nothing was done. ${this.unwritable ?? "The record cannot be written."}`);
  }

  /** Makes records durable, then takes them in. False where the disk did not take them: a view and what ended are taken in anyway. */
  private write(...records: BookRecord[]): boolean {
    let durable = true;
    try {
      this.file.append(records);
      this.unwritable = undefined;
    } catch (error) {
      durable = false;
      // Why it is not open was said when it was closed.
      if (this.file.isOpen || this.unwritable === undefined) this.cannotWrite(error);
    }
    for (const record of records) {
      if (durable || !begins.has(record.type)) this.contents.take(record);
    }
    if (durable && this.file.size - this.writtenAnewAt > this.options.growthBytesMax) this.writeAnew();
    return durable;
  }

  private cannotWrite(error: unknown): void {
    this.unwritable = cannotWrite(this.file.path, error);
    this.options.log("error", this.unwritable);
  }

  private writeAnew(): void {
    const { cluster } = this.options;
    const heading: BookRecord = { type: "book", format: BOOK_FORMAT, instance: this.instance, cluster };
    try {
      this.file.rewrite([heading, ...this.contents.records()]);
      this.unwritable = undefined;
    } catch (error) {
      this.cannotWrite(error);
    }
    this.writtenAnewAt = this.file.size;
  }
}

/** What something is begun with; without it on the disk nothing is. */
const begins: ReadonlySet<BookRecord["type"]> = new Set(["begun", "sent", "plan"]);

function unknownOutcome(requestId: string): Problem {
  const detail = "The work on it broke off. It may have been applied; do not repeat it, ask for its outcome.";
  return problem("outcome-unknown", detail, { requestId });
}

function settledRecord(
  begun: Begun,
  outcome: Exclude<RequestOutcome, { state: "pending" }>,
  view: MembershipView | undefined,
  time: number,
  added?: { readonly id: MemberId; readonly name: string },
): BookRecord {
  const entry = settledEntry(begun, outcome, view, time, added);
  return { type: "settled", requestId: begun.requestId, outcome, entry };
}
