import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** What a file of JSON lines held when it was opened. */
export interface Reading {
  readonly values: readonly unknown[];
  /** Bytes up to the end of the last whole line. */
  readonly length: number;
}

/** Why a file cannot be read as lines: which one, counted from 1. */
export interface Damage {
  readonly kind: "damage";
  readonly line: number;
}

/**
 * Takes a text apart into JSON lines. What follows the last newline was torn by a crash before it counted, and is left out; a
 * line that is no JSON is damage.
 */
export function readLines(text: string): Reading | Damage {
  const end = text.lastIndexOf("\n") + 1;
  const values: unknown[] = [];
  const lines = text.slice(0, end).split("\n");
  lines.pop();
  for (const [at, line] of lines.entries()) {
    try {
      values.push(JSON.parse(line));
    } catch {
      return { kind: "damage", line: at + 1 };
    }
  }
  return { values, length: Buffer.byteLength(text.slice(0, end)) };
}

/** A file of JSON lines that only grows; a line counts once `append` has returned. Owner-only (0600). */
export class RecordFile {
  readonly path: string;
  private file: number | undefined;
  private bytes = 0;

  constructor(path: string) {
    this.path = path;
  }

  get isOpen(): boolean {
    return this.file !== undefined;
  }

  /** Bytes written so far. */
  get size(): number {
    return this.bytes;
  }

  /** The text as it stands; undefined where there is no file. Throws what the file system throws. */
  read(): string | undefined {
    try {
      return readFileSync(this.path, "utf8");
    } catch (error) {
      if (hasCode(error, "ENOENT")) return undefined;
      throw error;
    }
  }

  /** Opens for appending behind the first `length` bytes; what follows them is cut off. Throws what the file system throws. */
  open(length: number): void {
    const file = openSync(this.path, "r+");
    try {
      ftruncateSync(file, length);
      fdatasyncSync(file);
    } catch (error) {
      closeSync(file);
      throw error;
    }
    this.file = file;
    this.bytes = length;
  }

  /** Makes lines durable. After a failure the file is as before, or closed; then every further append throws. */
  append(values: readonly unknown[]): void {
    const { file, bytes } = this;
    if (file === undefined) throw new Error(`${this.path} is not open`);
    const data = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(""));
    try {
      writeFully(file, data, bytes);
      fdatasyncSync(file);
      this.bytes += data.length;
    } catch (error) {
      this.cutBack(file, bytes);
      throw error;
    }
  }

  /** Replaces the whole content so that a crash leaves the old or the new, and goes on appending behind it. */
  rewrite(values: readonly unknown[]): void {
    const directory = dirname(this.path);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const temporary = `${this.path}.new`;
    const data = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(""));
    const file = openSync(temporary, "w", 0o600);
    try {
      writeFully(file, data, 0);
      fsyncSync(file);
      renameSync(temporary, this.path);
    } catch (error) {
      closeSync(file);
      throw error;
    }
    this.close();
    this.file = file;
    this.bytes = data.length;
    syncDirectory(directory);
  }

  /** Gives the file another name beside its own, and answers it. */
  setAside(suffix: string): string {
    this.close();
    const aside = `${this.path}.${suffix}`;
    renameSync(this.path, aside);
    syncDirectory(dirname(this.path));
    return aside;
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }

  /** Half a line must not stand before the next one. */
  private cutBack(file: number, length: number): void {
    try {
      ftruncateSync(file, length);
    } catch {
      this.close();
    }
  }
}

/** The record file of one cluster below the console's data directory. */
export function recordPath(directory: string): string {
  return join(directory, "record.jsonl");
}

/** Whether an error is the file system's, of this code. */
function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function writeFully(file: number, data: Buffer, position: number): void {
  let written = 0;
  while (written < data.length) {
    written += writeSync(file, data, written, data.length - written, position + written);
  }
}

function syncDirectory(path: string): void {
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
