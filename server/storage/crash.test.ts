import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Entry, HardState } from "../raft/types";
import { isOpenFault } from "./faults";
import { type NodeStorage, openData } from "./open_storage";
import { type Loss, SimulatedCrash } from "./testing/faulty_file_system";
import { create, DATA_PATH, logWrite, snapshotAt } from "./testing/log_fixture";
import { SimulatedMachine } from "./testing/simulated_machine";
import type { LogWrite, Recovered } from "./types";

/** What the log must hold after some number of its writes. */
interface Model {
  readonly hardState: HardState;
  /** Index and term of the last snapshot that replaced the log. */
  readonly base: number;
  readonly baseTerm: number;
  /** From base + 1 on. */
  readonly entries: readonly Entry[];
}

interface Submitted {
  readonly after: Model;
  readonly sync: boolean;
  acknowledged: boolean;
}

interface SubmittedCompaction {
  readonly index: number;
  acknowledged: boolean;
}

type Step =
  | {
      readonly kind: "append";
      readonly overwrite: number;
      readonly sizes: readonly number[];
      readonly commit: number;
      readonly newTerm: boolean;
      readonly hardState: boolean;
      readonly sync: boolean;
    }
  | { readonly kind: "install"; readonly ahead: number; readonly entries: number }
  | { readonly kind: "compact"; readonly back: number; readonly keep: number }
  | { readonly kind: "events"; readonly count: number };

interface Round {
  readonly steps: readonly Step[];
  readonly crashAfter: number;
  readonly loss: Loss | "killed";
  /** Calls until the recovery after this round is itself interrupted. */
  readonly interruptRecovery: number;
}

const last = (model: Model) => model.base + model.entries.length;

/** One life of a log, and what was asked of it in that life. */
class Life {
  readonly #machine: SimulatedMachine;
  readonly #storage: NodeStorage;
  readonly #submitted: Submitted[];
  readonly #compactions: SubmittedCompaction[] = [];

  constructor(machine: SimulatedMachine, storage: NodeStorage, start: Model) {
    this.#machine = machine;
    this.#storage = storage;
    this.#submitted = [{ after: start, sync: true, acknowledged: true }];
  }

  get #model(): Model {
    const model = this.#submitted.at(-1)?.after;
    if (model === undefined) throw new Error("no model");
    return model;
  }

  run(step: Step): void {
    if (step.kind === "append") this.#append(step);
    else if (step.kind === "install") this.#install(step);
    else if (step.kind === "compact") this.#compact(step);
    else for (let i = 0; i < step.count; i++) this.#machine.step();
  }

  #append(step: Extract<Step, { kind: "append" }>): void {
    const model = this.#model;
    const { commit } = model.hardState;
    const first = Math.max(commit, last(model) - step.overwrite) + 1;
    const term = model.hardState.term + (step.newTerm ? 1 : 0);
    const added = step.sizes.map((size, i): Entry => {
      const data = new Uint8Array(size).fill(this.#machine.random(256));
      return { index: first + i, term, type: i === 0 ? "conf-change-v2" : "normal", data };
    });
    const kept = added.length === 0 ? model.entries : model.entries.slice(0, first - model.base - 1);
    const entries = [...kept, ...added];
    const end = model.base + entries.length;
    const state = { term, vote: this.#machine.random(4), commit: Math.min(end, commit + step.commit) };
    const withState = step.hardState || step.newTerm;
    this.#submit(
      { ...model, entries, hardState: withState ? state : model.hardState },
      { entries: added, hardState: withState ? state : undefined, sync: step.sync },
    );
  }

  #install(step: Extract<Step, { kind: "install" }>): void {
    const model = this.#model;
    const base = last(model) + step.ahead;
    const term = model.hardState.term + 1;
    const entries = Array.from({ length: step.entries }, (_, i): Entry => {
      return { index: base + 1 + i, term, type: "normal", data: new Uint8Array(i) };
    });
    const state = { term, vote: 0, commit: base };
    this.#submit(
      { base, baseTerm: term, entries, hardState: state },
      { snapshot: snapshotAt(base, term), hardState: state, entries, sync: true },
    );
  }

  #submit(after: Model, write: Partial<LogWrite>): void {
    const submitted: Submitted = { after, sync: write.sync ?? true, acknowledged: false };
    const before = this.#submitted.at(-1);
    this.#submitted.push(submitted);
    this.#storage.append(logWrite(write), (fault) => {
      expect(fault).toBeUndefined();
      expect(before?.acknowledged).toBe(true);
      submitted.acknowledged = true;
    });
    expect(submitted.acknowledged).toBe(false);
  }

  #compact(step: Extract<Step, { kind: "compact" }>): void {
    const model = this.#model;
    const index = model.hardState.commit - step.back;
    if (index <= model.base) return;
    const term = model.entries[index - model.base - 1]?.term ?? 0;
    const compaction: SubmittedCompaction = { index, acknowledged: false };
    this.#compactions.push(compaction);
    this.#storage.compact(snapshotAt(index, term), index + 1 - step.keep, (fault) => {
      expect(fault).toBeUndefined();
      compaction.acknowledged = true;
    });
  }

  /** What was recovered is what the log held after one of its writes, none before the last that was promised to last. */
  check(recovered: Recovered, killed: boolean): Model {
    const promised = this.#submitted.findLastIndex(
      ({ acknowledged, sync }) => acknowledged && (sync || killed),
    );
    const compacted = Math.max(
      0,
      ...this.#compactions.filter((compaction) => compaction.acknowledged).map(({ index }) => index),
    );
    const match = this.#submitted.slice(promised).find(({ after }) => this.#matches(after, recovered));
    if (match === undefined) {
      expect(recovered).toEqual({ oneOf: this.#submitted.slice(promised).map(({ after }) => after) });
      throw new Error("unreachable");
    }
    expect(recovered.snapshot.metadata.index).toBeGreaterThanOrEqual(compacted);
    const { index, term } = recovered.snapshot.metadata;
    expect(recovered.snapshot).toEqual(snapshotAt(index, term));
    return { base: index, baseTerm: term, entries: recovered.entries, hardState: recovered.hardState };
  }

  #matches(model: Model, { snapshot, entries, hardState }: Recovered): boolean {
    const { index, term } = snapshot.metadata;
    const known = index === model.base || this.#compactions.some((compaction) => compaction.index === index);
    if (!known || index < model.base || index > last(model)) return false;
    const snapshotTerm = index === model.base ? model.baseTerm : model.entries[index - model.base - 1]?.term;
    const expected = { ...model.hardState, commit: Math.max(model.hardState.commit, index) };
    return (
      snapshotTerm === term &&
      isDeepStrictEqual(expected, hardState) &&
      isDeepStrictEqual(model.entries.slice(index - model.base), entries)
    );
  }
}

function tryOpen(machine: SimulatedMachine, segmentBytes: number) {
  const { disk: fs, clock } = machine;
  return openData({ fs, clock, path: DATA_PATH, expected: {}, segmentBytes });
}

/** Opens after a crash; the first attempt may be cut off as well. */
function recover(machine: SimulatedMachine, round: Round, segmentBytes: number) {
  machine.disk.crashAfter(round.interruptRecovery);
  try {
    const opened = tryOpen(machine, segmentBytes);
    if (isOpenFault(opened) || !machine.disk.hasCrashed) {
      machine.disk.crashAfter(Number.POSITIVE_INFINITY);
      return opened;
    }
  } catch (error) {
    if (!(error instanceof SimulatedCrash)) throw error;
  }
  machine.disk.powerCut(round.loss === "killed" ? "nothing" : round.loss);
  return tryOpen(machine, segmentBytes);
}

function runRounds(seed: number, segmentBytes: number, rounds: readonly Round[]): void {
  const machine = new SimulatedMachine(seed, { shortWrites: seed % 2 === 0 });
  create(machine);
  let opened = tryOpen(machine, segmentBytes);
  let model: Model = { base: 1, baseTerm: 1, entries: [], hardState: { term: 1, vote: 0, commit: 1 } };
  for (const round of rounds) {
    if (isOpenFault(opened)) throw new Error(opened.message);
    const life = new Life(machine, opened, model);
    machine.disk.crashAfter(round.crashAfter);
    for (const step of round.steps) if (!machine.disk.hasCrashed) life.run(step);
    if (round.loss === "killed") machine.disk.killProcess();
    else machine.disk.powerCut(round.loss);
    opened = recover(machine, round, segmentBytes);
    if (isOpenFault(opened)) {
      // Sectors that were written out of order look like damage, and are treated so.
      if (round.loss === "sectors" && opened.kind === "damaged") return;
      throw new Error(opened.message);
    }
    model = life.check(opened.recovered, round.loss === "killed");
  }
}

const size = fc.oneof(
  { weight: 6, arbitrary: fc.nat(300) },
  { weight: 1, arbitrary: fc.integer({ min: 1000, max: 5000 }) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("append" as const),
      overwrite: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(6) }),
      sizes: fc.array(size, { maxLength: 5 }),
      commit: fc.nat(4),
      newTerm: fc.boolean(),
      hardState: fc.boolean(),
      sync: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("install" as const),
      ahead: fc.integer({ min: 1, max: 9 }),
      entries: fc.nat(2),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("compact" as const), back: fc.nat(3), keep: fc.nat(8) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("events" as const), count: fc.integer({ min: 1, max: 12 }) }),
  },
);
const round = (losses: readonly (Loss | "killed")[]): fc.Arbitrary<Round> =>
  fc.record({
    steps: fc.array(step, { minLength: 1, maxLength: 40 }),
    crashAfter: fc.oneof(fc.nat(150), fc.constant(1_000_000)),
    loss: fc.constantFrom(...losses),
    interruptRecovery: fc.oneof(fc.nat(8), fc.constant(1_000_000)),
  });
const segmentBytes = fc.constantFrom(512, 2048, 1 << 20);

describe("after a crash at any point, recovery finds the log as it was after one of its writes, with all that was promised", () => {
  test("whatever suffix of each file's unsynced bytes is lost, and whichever names", () => {
    const rounds = fc.array(round(["nothing", "everything", "suffix", "killed"]), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(fc.property(fc.nat(), segmentBytes, rounds, runRounds), { numRuns: 1000, seed: 20 });
  });

  test("whichever unsynced sectors are lost; or it stops for damage", () => {
    const rounds = fc.array(round(["sectors"]), { minLength: 1, maxLength: 4 });
    fc.assert(fc.property(fc.nat(), segmentBytes, rounds, runRounds), { numRuns: 500, seed: 21 });
  });
});
