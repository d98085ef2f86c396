/** Test support: files and directories that remember what a power cut would leave of them. */

/** Bytes that a disk writes as one, at least. */
const SECTOR_BYTES = 512;

/** Uniform integer in [0, bound). */
export type Random = (bound: number) => number;

/**
 * What a power cut does to bytes that were not synced:
 * - `nothing`: all of them survive, `everything`: none does;
 * - `suffix`: in each file the first so many survive, in the order of writing; what follows is missing, or zero;
 * - `sectors`: each sector for itself survives or keeps what was there before.
 * Names that were not synced survive each for itself, except with `nothing` and `everything`.
 */
export type Loss = "nothing" | "everything" | "suffix" | "sectors";

/** A file's bytes, growing. */
class Content {
  #bytes = new Uint8Array(256);
  length = 0;

  write(position: number, bytes: Uint8Array): void {
    const end = position + bytes.length;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, position);
    this.length = Math.max(this.length, end);
  }

  /** Cuts, or extends with zeros. */
  resize(length: number): void {
    if (length < this.length) this.#bytes.fill(0, length, this.length);
    else this.write(length, new Uint8Array(0));
    this.length = length;
  }

  copy(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }
}

type FileChange =
  | { readonly kind: "write"; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: "resize"; readonly length: number };

/** A file: what a reader sees, and what is on the platter. */
export class DiskFile {
  readonly kind = "file";
  #current = new Content();
  #durable = new Content();
  /** Changes to `current` that no sync has covered, oldest first. */
  #unsynced: FileChange[] = [];

  get length(): number {
    return this.#current.length;
  }

  read(): Uint8Array {
    return this.#current.copy();
  }

  write(position: number, bytes: Uint8Array): void {
    this.#change({ kind: "write", position, bytes: bytes.slice() });
  }

  resize(length: number): void {
    this.#change({ kind: "resize", length });
  }

  /** Begins a sync: the answer ends it. A sync that fails drops what it covered: later ones do not write it either. */
  beginSync(): (ok: boolean) => void {
    const covered = this.#unsynced.length;
    return (ok) => {
      const changes = this.#unsynced.splice(0, covered);
      if (ok) for (const change of changes) apply(this.#durable, change);
    };
  }

  /** Damages one durable byte. */
  flip(position: number, mask: number): void {
    for (const content of [this.#current, this.#durable]) {
      const byte = content.copy()[position] ?? 0;
      content.write(position, Uint8Array.of(byte ^ mask));
    }
  }

  powerCut(loss: Loss, random: Random): void {
    const full = this.#current.length;
    const unsynced = this.#unsynced;
    this.#unsynced = [];
    if (loss === "nothing") for (const change of unsynced) apply(this.#durable, change);
    if (loss === "suffix") keepPrefix(this.#durable, unsynced, random);
    if (loss === "sectors") keepSectors(this.#durable, unsynced, random);
    const grows = loss === "suffix" || loss === "sectors";
    if (grows && full > this.#durable.length && random(2) === 0) {
      this.#durable.resize(this.#durable.length + random(full - this.#durable.length + 1));
    }
    this.#current = new Content();
    this.#current.write(0, this.#durable.copy());
  }

  #change(change: FileChange): void {
    apply(this.#current, change);
    this.#unsynced.push(change);
  }
}

function apply(content: Content, change: FileChange): void {
  if (change.kind === "resize") content.resize(change.length);
  else content.write(change.position, change.bytes);
}

function keepPrefix(content: Content, changes: readonly FileChange[], random: Random): void {
  const total = changes.reduce((sum, change) => sum + (change.kind === "write" ? change.bytes.length : 1), 0);
  let left = random(total + 1);
  for (const change of changes) {
    if (left === 0) return;
    if (change.kind === "write") {
      const kept = Math.min(left, change.bytes.length);
      content.write(change.position, change.bytes.subarray(0, kept));
      left -= kept;
    } else {
      content.resize(change.length);
      left--;
    }
  }
}

function keepSectors(content: Content, changes: readonly FileChange[], random: Random): void {
  for (const change of changes) {
    if (change.kind === "resize") {
      if (random(2) === 0) content.resize(change.length);
      continue;
    }
    const end = change.position + change.bytes.length;
    for (let from = change.position; from < end; ) {
      const to = Math.min(end, (Math.floor(from / SECTOR_BYTES) + 1) * SECTOR_BYTES);
      const bytes = change.bytes.subarray(from - change.position, to - change.position);
      if (random(2) === 0) content.write(from, bytes);
      from = to;
    }
  }
}

type Names = Map<string, DiskFile | DiskDirectory>;

/** One change of names: `removed` goes, `added` comes; both at once in a rename. */
interface NameChange {
  readonly removed: string | undefined;
  readonly added: { readonly name: string; readonly node: DiskFile | DiskDirectory } | undefined;
}

/** A directory: the names that a reader sees, and those on the platter. */
export class DiskDirectory {
  readonly kind = "directory";
  #current: Names = new Map();
  #durable: Names = new Map();
  #unsynced: NameChange[] = [];
  /** Changes that some sync made durable: another one that covered them too must not do it again. */
  readonly #synced = new WeakSet<NameChange>();

  get names(): ReadonlyMap<string, DiskFile | DiskDirectory> {
    return this.#current;
  }

  change(change: NameChange): void {
    applyNames(this.#current, change);
    this.#unsynced.push(change);
  }

  /** Begins a sync: the answer ends it. Several may be under way; what one of them made durable another's failure does not undo. */
  beginSync(): (ok: boolean) => void {
    const covered = this.#unsynced.slice();
    return (ok) => {
      this.#unsynced = this.#unsynced.filter((change) => !covered.includes(change));
      if (!ok) return;
      for (const change of covered) if (!this.#synced.has(change)) applyNames(this.#durable, change);
      for (const change of covered) this.#synced.add(change);
    };
  }

  powerCut(loss: Loss, random: Random): void {
    for (const change of this.#unsynced) {
      const kept = loss === "nothing" || (loss !== "everything" && random(2) === 0);
      if (kept) applyNames(this.#durable, change);
    }
    this.#unsynced = [];
    this.#current = new Map(this.#durable);
    for (const node of this.#current.values()) node.powerCut(loss, random);
  }
}

function applyNames(names: Names, { removed, added }: NameChange): void {
  if (removed !== undefined) names.delete(removed);
  if (added !== undefined) names.set(added.name, added.node);
}
