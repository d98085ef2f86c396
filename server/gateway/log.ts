export type LogLevel = "info" | "warn" | "error";

/** Takes one line of the log. `fields` hold no secrets and no bodies. */
export type Logger = (level: LogLevel, text: string, fields?: Readonly<Record<string, unknown>>) => void;

/** Writes lines of JSON: time, level, text, then the fields. */
export function jsonLogger(write: (line: string) => void, now: () => Date = () => new Date()): Logger {
  return (level, text, fields = {}) => {
    write(`${JSON.stringify({ time: now().toISOString(), level, text, ...fields })}\n`);
  };
}
