/** Everything a long run should have seen happen. */
export const COVERED = [
  "drop",
  "delay",
  "duplicate",
  "reorder",
  "partition",
  "one-way-partition",
  "clock-skew",
  "pause",
  "slow-disk",
  "crash",
  "crash-before-sync",
  "power-cut-nothing",
  "power-cut-everything",
  "power-cut-suffix",
  "power-cut-sectors",
  "power-cut-of-all",
  "torn-tail",
  "crash-in-recovery",
  "io-error",
  "full-disk",
  "bit-flip",
  "damage-found",
  "lost-directory",
  "restart",
  "storm",
  "change-add-learner",
  "change-promote",
  "change-demote",
  "change-remove",
  "change-joint",
  "joint-configuration",
  "retired-id-wanted",
  "changes-applied",
  "transfer",
  "transfer-while-joint",
  "leader-elected",
  "snapshot-installed",
  "burst",
  "late-request",
  "early-append",
  "divergent-tail",
  "tail-overwritten",
  "newcomer-leads",
  "split-joint",
  "unknown-outcome",
  "settle-request",
] as const;

/** Sums of what several runs saw. */
export class Coverage {
  private readonly counts = new Map<string, number>();

  add(run: ReadonlyMap<string, number>): void {
    for (const [kind, count] of run) this.counts.set(kind, (this.counts.get(kind) ?? 0) + count);
  }

  /** Kinds that were seen, of all that should be. */
  get seen(): number {
    return COVERED.filter((kind) => this.counts.has(kind)).length;
  }

  /** One line per kind, also those never seen. */
  lines(): string[] {
    const others = [...this.counts.keys()].filter((kind) => !COVERED.some((one) => one === kind)).sort();
    const kinds = [...COVERED, ...others];
    return kinds.map((kind) => `  ${kind.padEnd(26)} ${String(this.counts.get(kind) ?? 0).padStart(10)}`);
  }
}
