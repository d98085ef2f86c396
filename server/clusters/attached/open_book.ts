import { randomBytes } from "node:crypto";
import type { BookContents } from "./book_contents";
import { type RecordFile, readLines } from "./record_file";
import { BOOK_FORMAT, type BookRecord, recordSchema } from "./records";

/** What became of opening a book. */
export interface OpenedBook {
  /** Undefined: a book is to be begun. */
  readonly instance?: string;
  /** What was found wrong, and mended by setting the file aside. */
  readonly found?: string;
  readonly unwritable?: string;
}

/**
 * Reads a book into `contents` and opens its file for appending. A damaged one is set aside; what cannot be read or written, or is a
 * newer Rollcall's, is left alone. Never throws. `now`: ms since 1970.
 */
export function openBook(file: RecordFile, contents: BookContents, now: number): OpenedBook {
  try {
    const text = file.read();
    if (text === undefined || text === "") return {};
    const lines = readLines(text);
    if ("kind" in lines) return setAside(file, `line ${lines.line} is no JSON`, now);
    const [first] = lines.values;
    if (isNewer(first)) {
      const sentence = `${file.path} was written by a newer Rollcall; use that version. No change is made until then.`;
      return { instance: randomBytes(8).toString("hex"), unwritable: sentence };
    }
    const records: BookRecord[] = [];
    for (const [at, value] of lines.values.entries()) {
      const record = recordSchema.safeParse(value);
      const misplaced = record.success && (record.data.type === "book") !== (at === 0);
      if (!record.success || misplaced) return setAside(file, `line ${at + 1} is no record`, now);
      records.push(record.data);
    }
    const [heading] = records;
    if (heading?.type !== "book") return {};
    for (const record of records) contents.take(record);
    contents.reopened();
    file.open(lines.length);
    return { instance: heading.instance };
  } catch (error) {
    return { instance: randomBytes(8).toString("hex"), unwritable: cannotWrite(file.path, error) };
  }
}

function isNewer(first: unknown): boolean {
  const format = typeof first === "object" && first !== null && "format" in first ? first.format : undefined;
  return typeof format === "number" && format > BOOK_FORMAT;
}

function setAside(file: RecordFile, what: string, now: number): OpenedBook {
  const aside = file.setAside(`damaged-${now}`);
  const lost = "history and guided plans begin anew";
  return { found: `This console's record was damaged (${what}) and set aside as ${aside}; ${lost}.` };
}

/** The sentence for a record that cannot be written, and what to do. */
export function cannotWrite(path: string, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `The console's record ${path} cannot be written (${reason}). Mend that, or choose another directory with --data-dir.`;
}
