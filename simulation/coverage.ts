import { FAULTS, type Fault } from "./plan";

/** What a fault is counted as, where that is not its own name. */
const COUNTED_AS: Partial<Record<Fault, readonly string[]>> = {
  "power-cut": [
    "power-cut-nothing",
    "power-cut-everything",
    "power-cut-suffix",
    "power-cut-sectors",
    "power-cut-of-all",
  ],
  change: ["change-add-learner", "change-promote", "change-demote", "change-remove", "change-joint"],
};

/** What comes of faults and of clients. */
const CONSEQUENCES = [
  "crash-before-sync",
  "torn-tail",
  "damage-found",
  "restart",
  "joint-configuration",
  "retired-id-wanted",
  "changes-applied",
  "transfer-while-joint",
  "leader-elected",
  "snapshot-installed",
  "tail-overwritten",
  "burst",
  "unknown-outcome",
  "settle-request",
];

/** Everything a long run should have seen happen. */
export const COVERED: readonly string[] = [
  ...FAULTS.flatMap((fault) => COUNTED_AS[fault] ?? [fault]),
  ...CONSEQUENCES,
];

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
