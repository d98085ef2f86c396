import { crc32 } from "node:zlib";
import type { Entry, HardState, Snapshot } from "../server/raft/types";
import type { LogStorage, LogWrite, Recovered, StorageFault, WriteDone } from "../server/storage";

/** An entry as the checker remembers it. */
export interface Place {
  readonly index: number;
  readonly term: number;
  readonly type: Entry["type"];
  readonly data: Uint8Array;
  /** CRC-32 of the data. */
  readonly hash: number;
}

/** Whether two places hold the same entry. */
export function samePlace(a: Place, b: Place): boolean {
  return a.term === b.term && a.hash === b.hash && a.type === b.type;
}

/** The checker's own idea of a log and hard state: what writes make of it, told independently of the storage under test. */
export class LogModel {
  hardState: HardState = { term: 0, vote: 0, commit: 0 };
  /** Index and term that the kept entries follow. */
  base = { index: 0, term: 0 };
  private places: Place[] = [];

  static of(recovered: Recovered): LogModel {
    const model = new LogModel();
    const { hardState, snapshot, entries } = recovered;
    model.apply({ entries, hardState, snapshot, sync: true });
    return model;
  }

  copy(): LogModel {
    const model = new LogModel();
    model.hardState = this.hardState;
    model.base = this.base;
    model.places = [...this.places];
    return model;
  }

  get lastIndex(): number {
    return this.base.index + this.places.length;
  }

  /** The entry at this index; undefined outside of what is kept. */
  at(index: number): Place | undefined {
    return this.places[index - this.base.index - 1];
  }

  /** The term at this index; undefined when not known here. */
  termAt(index: number): number | undefined {
    return index === this.base.index ? this.base.term : this.at(index)?.term;
  }

  /** Whether this log holds the entry, or a snapshot that covers it. */
  holds(place: Place): boolean {
    if (place.index <= this.base.index) return true;
    const own = this.at(place.index);
    return own !== undefined && samePlace(own, place);
  }

  apply({ entries, hardState, snapshot }: LogWrite): void {
    if (snapshot !== undefined) {
      this.base = { index: snapshot.metadata.index, term: snapshot.metadata.term };
      this.places = [];
    }
    const first = entries[0];
    if (first !== undefined) {
      this.places.length = Math.max(0, first.index - this.base.index - 1);
      for (const entry of entries) if (entry.index > this.base.index) this.places.push(toPlace(entry));
    }
    if (hardState !== undefined) this.hardState = hardState;
  }
}

function toPlace({ index, term, type, data }: Entry): Place {
  return { index, term, type, data, hash: crc32(data) };
}

/** Hears of a node's writes, in the order in which they are made and answered. */
export interface LedgerListener {
  /** The storage was handed a write; the model has it already. `replaced`: what stood in the place of its first entry. */
  accepted(write: LogWrite, replaced: Place | undefined): void;
  /** The node has dealt with the answer to a write. */
  taken(): void;
  outOfOrder(detail: string): void;
}

interface PendingWrite {
  readonly write: LogWrite;
  answered: boolean;
}

/**
 * One data directory over its whole life: what was handed to the storage, and what the storage promised to be durable. A restart
 * must find exactly the promised writes and perhaps the first few of those after them, each whole.
 */
export class Ledger {
  accepted = new LogModel();
  durable = new LogModel();
  private pending: PendingWrite[] = [];
  private known = false;

  /** Writes that a crash may lose. */
  get unsynced(): number {
    return this.pending.length;
  }

  /** Compares what a restart found with what was promised; undefined: it fits. Goes on from what was found. */
  reopen(recovered: Recovered): string | undefined {
    const fault = this.known ? this.mismatch(recovered) : undefined;
    this.known = true;
    this.accepted = LogModel.of(recovered);
    this.durable = LogModel.of(recovered);
    this.pending = [];
    return fault;
  }

  private mismatch(recovered: Recovered): string | undefined {
    const candidate = this.durable.copy();
    let fault = difference(candidate, recovered);
    for (const { write } of this.pending) {
      if (fault === undefined) return undefined;
      candidate.apply(write);
      if (difference(candidate, recovered) === undefined) return undefined;
    }
    if (fault !== undefined) fault = `${fault} (${this.pending.length} writes were not promised yet)`;
    return fault;
  }

  /** The storage with this ledger in between. */
  wrap(storage: LogStorage, listener: LedgerListener): LogStorage {
    const { durable, accepted, pending } = this;
    return {
      recovered: storage.recovered,
      append: (write, done) => {
        const first = write.entries[0];
        const replaced = first && accepted.at(first.index);
        accepted.apply(write);
        listener.accepted(write, replaced);
        const one = { write, answered: false };
        pending.push(one);
        storage.append(write, (fault) => {
          if (fault === undefined) settle(pending, durable, one, listener);
          done(fault);
          listener.taken();
        });
      },
      compact: (snapshot: Snapshot, keepFrom: number, done: WriteDone) =>
        storage.compact(snapshot, keepFrom, (fault: StorageFault | undefined) => done(fault)),
      onStall: (stalled) => storage.onStall(stalled),
      close: () => storage.close(),
    };
  }
}

function settle(
  pending: PendingWrite[],
  durable: LogModel,
  one: PendingWrite,
  listener: LedgerListener,
): void {
  const at = pending.indexOf(one);
  if (pending.findIndex((other) => !other.answered) !== at)
    listener.outOfOrder("a write was answered before an earlier one");
  one.answered = true;
  const synced = one.write.sync || one.write.snapshot !== undefined;
  if (synced) for (const { write } of pending.splice(0, at + 1)) durable.apply(write);
}

/** Where a recovered log differs from the model; undefined: nowhere. */
function difference(model: LogModel, { hardState, snapshot, entries }: Recovered): string | undefined {
  const { index } = snapshot.metadata;
  if (hardState.term !== model.hardState.term || hardState.vote !== model.hardState.vote)
    return `term ${hardState.term} and vote ${hardState.vote} where ${model.hardState.term} and ${model.hardState.vote} were promised`;
  const commit = Math.max(model.hardState.commit, index);
  if (hardState.commit !== commit) return `commit ${hardState.commit} where ${commit} was promised`;
  if (index < model.base.index) return `snapshot ${index} where one at ${model.base.index} was installed`;
  if (index > model.lastIndex) return `snapshot ${index} beyond the last entry ${model.lastIndex}`;
  if (model.termAt(index) !== snapshot.metadata.term) return `snapshot ${index} of another term`;
  const last = entries.at(-1)?.index ?? index;
  if (last !== model.lastIndex) return `last entry ${last} where ${model.lastIndex} was promised`;
  for (const entry of entries) {
    const place = model.at(entry.index);
    if (place === undefined || !samePlace(place, toPlace(entry)))
      return `another entry ${entry.index} than was promised`;
  }
  return undefined;
}
