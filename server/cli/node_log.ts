import { resolve } from "node:path";
import { formatClock } from "../../protocol/words";
import { jsonLogger, type Logger, type LogLevel } from "../gateway/log";
import { systemReason } from "../local/durable_file";
import { LogFile } from "../local/log_file";
import type { OptionSpec } from "./arguments";
import type { Surroundings } from "./command";

/** Flags of every command that logs for as long as it runs. */
export const logOptions: Readonly<Record<string, OptionSpec>> = {
  "log-format": {
    value: "FORMAT",
    help: "How the log is written: json, or text for people.",
    check: (text) => (text === "json" || text === "text" ? undefined : "must be json or text"),
    fallback: "text at a terminal, else json",
    env: "ROLLCALL_LOG_FORMAT",
  },
  "log-file": {
    value: "FILE",
    help: "Log JSON lines there; kept below 8 MiB.",
    fallback: "standard error",
  },
};

/** Where a node's log goes. */
export interface NodeLog {
  readonly write: Logger;
  close(): void;
}

/** JSON lines into a bounded file. Throws what the file system throws when it cannot be opened. */
export function fileLog(path: string): NodeLog {
  const file = new LogFile(path);
  return { write: jsonLogger((line) => file.write(line.trimEnd())), close: () => file.close() };
}

/** JSON lines on a stream, for service managers that keep logs themselves. */
export function streamLog(write: (text: string) => void): NodeLog {
  return { write: jsonLogger(write), close: () => {} };
}

/** Lines for a person: time of day and text. */
export function humanLog(write: (text: string) => void): NodeLog {
  return { write: (level, text) => write(humanLine(level, text)), close: () => {} };
}

/** The log that a command line asks for: a file, or standard error, for people at a terminal. A sentence where the file cannot be opened. */
export function openLog(
  path: string | undefined,
  format: string | undefined,
  surroundings: Pick<Surroundings, "cwd" | "err" | "errIsTerminal">,
): NodeLog | { readonly message: string } {
  if (path === undefined) {
    const human = format === undefined ? surroundings.errIsTerminal : format === "text";
    return human ? humanLog(surroundings.err) : streamLog(surroundings.err);
  }
  try {
    return fileLog(resolve(surroundings.cwd, path));
  } catch (error) {
    return { message: `Cannot write the log to ${path}: ${systemReason(error)}.` };
  }
}

function humanLine(level: LogLevel, text: string): string {
  const mark = level === "info" ? "" : `${level}: `;
  return `${formatClock(Date.now())} ${mark}${text}\n`;
}
