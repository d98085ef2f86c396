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
  private readonly steady: boolean;

  /** `steady`: each takes about as long as any other, so that what is left can be told from what is done. */
  constructor(total: number, unit: string, steady = true) {
    this.total = total;
    this.unit = unit;
    this.steady = steady;
    this.shownAt = this.startedAt;
  }

  get seconds(): number {
    return (performance.now() - this.startedAt) / 1000;
  }

  /** What all threads of this process worked so far: what a machine with nothing else to do would need. */
  get processorSeconds(): number {
    return process.cpuUsage().user / 1e6;
  }

  /** Tells how many are done, and something about them. */
  show(done: number, note: string): void {
    const now = performance.now();
    if (now - this.shownAt < (this.terminal ? REDRAW_MS : LINE_MS)) return;
    this.shownAt = now;
    const facts = `${done}/${this.total} ${this.unit}  ${note}  ${this.pace(done)}`;
    if (!this.terminal) {
      console.log(facts);
      return;
    }
    const filled = Math.round((done / this.total) * BAR_WIDTH);
    process.stdout.write(`\r\x1b[2K[${"#".repeat(filled)}${"-".repeat(BAR_WIDTH - filled)}] ${facts}`);
  }

  private pace(done: number): string {
    const { seconds, total, unit } = this;
    if (!this.steady || done === 0) return `${seconds.toFixed(0)} s so far`;
    const rate = done / seconds;
    return `${rate.toFixed(1)} ${unit}/s  ${Math.ceil((total - done) / rate)} s left`;
  }

  /** Takes the bar away. */
  clear(): void {
    if (this.terminal) process.stdout.write("\r\x1b[2K");
  }
}
