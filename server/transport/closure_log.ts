import type { Clock } from "./clock";
import { type CloseCode, type Closure, isOrdinary } from "./closure";
import type { TransportLog } from "./context";

/** A reason for closing is logged at most this often; what falls between is counted and told with the next line. */
export const CLOSURE_LOG_MS_MIN = 1_000;

interface Line {
  saidMs: number;
  unsaid: number;
}

/** Logs closed connections, so that no flood of them becomes a flood of lines. */
export class ClosureLog {
  readonly #clock: Clock;
  readonly #log: TransportLog;
  readonly #lines = new Map<CloseCode, Line>();

  constructor(clock: Clock, log: TransportLog) {
    this.#clock = clock;
    this.#log = log;
  }

  /** `who` is a peer or a remote address. */
  note(who: string, closure: Closure): void {
    const now = this.#clock.now();
    const line = this.#lines.get(closure.code) ?? { saidMs: Number.NEGATIVE_INFINITY, unsaid: 0 };
    this.#lines.set(closure.code, line);
    if (now - line.saidMs < CLOSURE_LOG_MS_MIN) {
      line.unsaid++;
      return;
    }
    const more = line.unsaid === 0 ? "" : ` (and ${line.unsaid} more like it)`;
    this.#log(
      isOrdinary(closure) ? "info" : "warn",
      `connection with ${who} closed: ${closure.detail}${more}`,
    );
    line.saidMs = now;
    line.unsaid = 0;
  }
}
