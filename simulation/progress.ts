const BAR_WIDTH = 24;
const REDRAW_MS = 200;
const LINE_MS = 10_000;

/** Shows how far a long run is: one line redrawn on a terminal, a plain line now and then elsewhere. */
export class Progress {
  private readonly terminal = process.stdout.isTTY === true;
  private readonly startedAt = performance.now();
  private shownAt: number;
  private readonly total: number;
  private readonly unit: string;

  constructor(total: number, unit: string) {
    this.total = total;
    this.unit = unit;
    this.shownAt = this.startedAt;
  }

  get seconds(): number {
    return (performance.now() - this.startedAt) / 1000;
  }

  /** Tells how many are done, and something about them. */
  show(done: number, note: string): void {
    const now = performance.now();
    if (now - this.shownAt < (this.terminal ? REDRAW_MS : LINE_MS)) return;
    this.shownAt = now;
    const rate = done / this.seconds;
    const left = rate > 0 ? Math.ceil((this.total - done) / rate) : 0;
    const facts = `${done}/${this.total} ${this.unit}  ${rate.toFixed(1)} ${this.unit}/s  ${note}  ${left} s left`;
    if (!this.terminal) {
      console.log(facts);
      return;
    }
    const filled = Math.round((done / this.total) * BAR_WIDTH);
    process.stdout.write(`\r\x1b[2K[${"#".repeat(filled)}${"-".repeat(BAR_WIDTH - filled)}] ${facts}`);
  }

  /** Takes the bar away. */
  clear(): void {
    if (this.terminal) process.stdout.write("\r\x1b[2K");
  }
}
