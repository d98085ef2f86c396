import { mix, Random } from "./random";

/** Everything that can go wrong, or be asked, by name: how often each comes, relative to the others. */
const WEIGHTS = {
  drop: 3,
  delay: 3,
  duplicate: 2,
  reorder: 2,
  partition: 6,
  "one-way-partition": 4,
  "clock-skew": 2,
  pause: 4,
  "slow-disk": 3,
  crash: 7,
  "power-cut": 6,
  "crash-in-recovery": 1,
  "io-error": 2,
  "full-disk": 2,
  "bit-flip": 3,
  "lost-directory": 3,
  change: 14,
  storm: 4,
  transfer: 5,
  "late-request": 2,
  "early-append": 2,
  "divergent-tail": 6,
  "newcomer-leads": 2,
  "split-joint": 3,
} as const;

/** The name of a fault. */
export type Fault = keyof typeof WEIGHTS;
/** The names of all faults, in the order that a seed's choice goes by. */
export const FAULTS = Object.keys(WEIGHTS) as readonly Fault[];

export type ActionKind = Fault | "write" | "burst" | "read" | "allocate";

/** One step of the plan. It has randomness of its own, so that leaving another step out does not change it. */
export interface Action {
  readonly number: number;
  readonly at: number;
  readonly kind: ActionKind;
  readonly random: Random;
}

/** Those that change the configuration. */
const CHANGING: ReadonlySet<Fault> = new Set(["change", "storm", "newcomer-leads", "split-joint"]);

/**
 * The actions of a run, one after the other, endlessly. Each run allows only some of the faults and at its own pace ("swarm
 * testing"): a few faults at full strength reach states that all of them together do not.
 */
export class Plan {
  readonly allowed: readonly Fault[];
  private readonly seed: number;
  private readonly paceMs: number;
  private readonly clientShare: number;
  private readonly total: number;
  /** Some runs change the configuration all the time, others hardly ever: only those can afford to lose a node. */
  private readonly changeShare: number;
  private number = 0;
  private at: number;

  constructor(seed: number, faults: readonly Fault[]) {
    this.seed = mix(seed, 7);
    const random = new Random(this.seed);
    const share = random.pick([0.3, 0.6, 1]) ?? 1;
    const chosen = faults.filter((fault) => fault === "change" || random.chance(share));
    this.allowed = chosen;
    this.paceMs = random.between(40, 250);
    this.clientShare = random.between(0.4, 0.85);
    this.changeShare = random.pick([0.1, 0.5, 1]) ?? 1;
    this.total = chosen.reduce((sum, fault) => sum + this.weightOf(fault), 0);
    this.at = 500;
  }

  next(): Action {
    const number = this.number++;
    const random = new Random(mix(this.seed, 1000 + number));
    this.at += -Math.log(1 - random.unit()) * this.paceMs;
    return { number, at: this.at, kind: this.kindOf(random), random };
  }

  private weightOf(fault: Fault): number {
    return WEIGHTS[fault] * (CHANGING.has(fault) ? this.changeShare : 1);
  }

  private kindOf(random: Random): ActionKind {
    if (this.total === 0 || random.chance(this.clientShare)) {
      const dice = random.below(100);
      return dice < 56 ? "write" : dice < 59 ? "burst" : dice < 97 ? "read" : "allocate";
    }
    let left = random.unit() * this.total;
    for (const fault of this.allowed) {
      left -= this.weightOf(fault);
      if (left < 0) return fault;
    }
    return "write";
  }
}
