import type { Clock } from "./clock";
import { type CloseCode, type Closure, isOrdinary } from "./closure";
import type { TransportLog } from "./context";

/** Lines for one code, whatever else they say, come at most this often. */
const CODE_LOG_MS_MIN = 1_000;
/** The same line comes at most this often: a peer that is down is redialed every second. */
const LINE_LOG_MS_MIN = 60_000;
const LINES_MAX = 128;

/** Logs closed connections, so that no flood of them becomes a flood of lines. What is left out is counted by code. */
export class ClosureLog {
  readonly #clock: Clock;
  readonly #log: TransportLog;
  /** When a line was last said, oldest first. */
  readonly #lines = new Map<string, number>();
  readonly #codes = new Map<CloseCode, { saidMs: number; unsaid: number }>();

  constructor(clock: Clock, log: TransportLog) {
    this.#clock = clock;
    this.#log = log;
  }

  /** `who` is a peer or a remote address. */
  note(who: string, closure: Closure): void {
    const now = this.#clock.now();
    const line = `connection with ${who} closed: ${closure.detail}`;
    const code = this.#codes.get(closure.code) ?? { saidMs: Number.NEGATIVE_INFINITY, unsaid: 0 };
    this.#codes.set(closure.code, code);
    const lineSaidMs = this.#lines.get(line) ?? Number.NEGATIVE_INFINITY;
    if (now - code.saidMs < CODE_LOG_MS_MIN || now - lineSaidMs < LINE_LOG_MS_MIN) {
      code.unsaid++;
      return;
    }
    const more = code.unsaid === 0 ? "" : ` (and ${code.unsaid} like it, not shown)`;
    this.#log(isOrdinary(closure) ? "info" : "warn", line + more);
    code.saidMs = now;
    code.unsaid = 0;
    this.#remember(line, now);
  }

  #remember(line: string, now: number): void {
    this.#lines.delete(line);
    this.#lines.set(line, now);
    const oldest = this.#lines.keys().next().value;
    if (oldest !== undefined && this.#lines.size > LINES_MAX) this.#lines.delete(oldest);
  }
}
