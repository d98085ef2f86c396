import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Random } from "./random";

/** A log's segment, or a file on its way to its name. */
const TEARABLE = /(\.log|\.unfinished)$/;

/** What a tear took away. */
export interface Torn {
  readonly files: number;
  readonly bytes: number;
  readonly names: number;
}

interface Durable {
  /** Synced length of each file the journal knows. A file it does not know is older than the journal, and durable whole. */
  readonly lengths: Map<string, number>;
  /** Made, or renamed to, since the directory was last synced: the name it would have after a power cut, or none. */
  readonly names: Map<string, string | undefined>;
}

/**
 * Takes from the directory of a dead process what a power cut in its place could have taken: any end of a segment that was never
 * synced (cut off, or read back as zeros), and names made since the last sync of the directory. Nothing that was synced. Then the
 * journal starts anew, since what is left now counts as on the disk.
 */
export function powerCut(directory: string, journalPath: string, random: Random): Torn {
  const durable = replay(journalPath);
  const torn = { files: 0, bytes: 0, names: 0 };
  for (const [name, before] of durable.names) {
    const path = join(directory, name);
    if (!existsSync(path) || random.chance(0.5)) continue;
    if (before === undefined) rmSync(path);
    else if (!existsSync(join(directory, before))) renameSync(path, join(directory, before));
    else continue;
    torn.names += 1;
  }
  for (const name of readdirSync(directory).filter((one) => TEARABLE.test(one))) {
    const path = join(directory, name);
    const length = statSync(path).size;
    const synced = durable.lengths.get(name) ?? length;
    if (synced >= length || random.chance(0.2)) continue;
    const keep = random.between(synced, length - 1);
    truncateSync(path, keep);
    // The new length became durable, the bytes did not.
    if (random.chance(0.3)) truncateSync(path, length);
    torn.files += 1;
    torn.bytes += length - keep;
  }
  const lines = [...durable.lengths]
    .filter(([name]) => existsSync(join(directory, name)))
    .map(([name, length]) => `s ${name} ${Math.min(length, statSync(join(directory, name)).size)}\n`);
  writeFileSync(journalPath, lines.join(""));
  return torn;
}

function replay(journalPath: string): Durable {
  const lengths = new Map<string, number>();
  const names = new Map<string, string | undefined>();
  const text = existsSync(journalPath) ? readFileSync(journalPath, "utf8") : "";
  // A last line without its end was never told to the node.
  for (const line of text.split("\n").slice(0, -1)) {
    const [what, name = "", more = ""] = line.split(" ");
    if (what === "c") {
      lengths.set(name, 0);
      names.set(name, undefined);
    } else if (what === "s") lengths.set(name, Number(more));
    else if (what === "d") names.clear();
    else if (what === "u") {
      lengths.delete(name);
      names.delete(name);
    } else if (what === "r") {
      // A name that was there before stands for one of two contents; that it keeps the new one is allowed.
      if (!lengths.has(more)) names.set(more, name);
      lengths.set(more, lengths.get(name) ?? 0);
      lengths.delete(name);
      names.delete(name);
    }
  }
  return { lengths, names };
}
