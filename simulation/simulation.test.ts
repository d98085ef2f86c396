import { describe, expect, it } from "vitest";
import { Coverage } from "./coverage";
import { runSeed } from "./simulation";

/** A few seeds of each size; `npm run simulate` runs as many as one likes. */
const SEEDS = 24;
const EVENTS = 1500;

describe("a whole cluster in virtual time", () => {
  it(`keeps every invariant in ${SEEDS} runs with all faults, and settles at their end`, async () => {
    const coverage = new Coverage();
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const result = await runSeed({ seed, events: EVENTS });
      expect(result.violation, `seed ${seed}`).toBeUndefined();
      coverage.add(result.coverage);
    }
    expect(coverage.seen).toBeGreaterThan(30);
  });

  it("does exactly the same again for the same seed, and something else for another", async () => {
    const first = await runSeed({ seed: 77, events: EVENTS, tracing: true });
    const again = await runSeed({ seed: 77, events: EVENTS, tracing: true });
    const other = await runSeed({ seed: 78, events: EVENTS });
    expect(again.hash).toBe(first.hash);
    expect(again.trace).toEqual(first.trace);
    expect(other.hash).not.toBe(first.hash);
  });

  it("leaves out the steps of the plan that it is told to, and keeps the others", async () => {
    const all = await runSeed({ seed: 5, events: 400 });
    const keep = new Set(all.actions.filter((_, i) => i % 2 === 0));
    const half = await runSeed({ seed: 5, events: 400, keep });
    expect(half.actions.every((action) => keep.has(action))).toBe(true);
    expect(half.violation).toBeUndefined();
  });

  it("runs a cluster of one and a cluster of seven", async () => {
    for (const nodes of [1, 7]) {
      const result = await runSeed({ seed: 3, events: EVENTS, nodes });
      expect(result.violation).toBeUndefined();
    }
  });
});
