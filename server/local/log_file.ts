import {
  closeSync,
  copyFileSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from "node:fs";

/** A log file is set aside as FILE.1 and begun anew at this size, so that two of them bound what a node can write. */
const LOG_BYTES_MAX = 4 * 1024 * 1024;

/**
 * A bounded file of lines. Everyone who writes to it appends, so it is emptied in place when full: what a dying process says on
 * its standard error lands in the same file as its log.
 */
export class LogFile {
  private readonly path: string;
  private readonly bytesMax: number;
  private readonly file: number;

  /** Opens for appending; throws what the file system throws. */
  constructor(path: string, bytesMax: number = LOG_BYTES_MAX) {
    this.path = path;
    this.bytesMax = bytesMax;
    this.file = openSync(path, "a", 0o600);
  }

  /** Appends one line. A full disk loses the line, not the process. */
  write(line: string): void {
    try {
      if (fstatSync(this.file).size > this.bytesMax) {
        copyFileSync(this.path, `${this.path}.1`);
        ftruncateSync(this.file, 0);
      }
      writeSync(this.file, `${line}\n`);
    } catch {
      // There is nowhere left to say it.
    }
  }

  close(): void {
    closeSync(this.file);
  }
}

/** The last line that says something, without its wrapping; undefined if there is none. */
export function lastLine(path: string): string | undefined {
  const bytes = Buffer.alloc(4096);
  let length: number;
  try {
    const size = statSync(path).size;
    const file = openSync(path, "r");
    try {
      length = readSync(file, bytes, 0, bytes.length, Math.max(0, size - bytes.length));
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
  const lines = bytes.toString("utf8", 0, length).split("\n");
  const line = lines.findLast((candidate) => candidate.trim().length > 0);
  return line === undefined ? undefined : textOf(line.trim()).slice(0, 300);
}

/** The `text` of a JSON line; any other line as it is. */
function textOf(line: string): string {
  if (!line.startsWith("{")) return line;
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null && "text" in value && typeof value.text === "string") {
      return value.text;
    }
  } catch {
    // A line cut by the window.
  }
  return line;
}
