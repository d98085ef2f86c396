import type { LogLevel, RaftLogger } from "../types";

const LEVELS = ["debug", "info", "warn", "error", "fatal", "none"] as const;

/** How much of the narrative is printed. At "none" nothing is printed but errors of commands. */
export type OutputLevel = (typeof LEVELS)[number];

export function parseOutputLevel(text: string): OutputLevel | undefined {
  return LEVELS.find((level) => level === text.toLowerCase());
}

/** What a command prints, the narrative of the core in between. */
export class Output implements RaftLogger {
  level: OutputLevel = "debug";
  #text = "";

  get quiet(): boolean {
    return this.level === "none";
  }

  write(text: string): void {
    if (!this.quiet) this.#text += text;
  }

  line(text: string): void {
    this.write(`${text}\n`);
  }

  enabled(level: LogLevel): boolean {
    return LEVELS.indexOf(this.level) <= LEVELS.indexOf(level.toLowerCase() as OutputLevel);
  }

  log(level: LogLevel, text: string): void {
    this.line(`${level} ${text}`);
  }

  /** Indents by two what `action` prints, also when it throws. */
  indented(action: () => void): void {
    const outer = this.#text;
    this.#text = "";
    try {
      action();
    } finally {
      const inner = this.#text.replace(/\n$/, "");
      this.#text = inner === "" ? outer : `${outer}${inner.replace(/^/gm, "  ")}\n`;
    }
  }

  /** What was printed since the last call. */
  take(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }
}
