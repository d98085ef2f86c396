import { describe, expect, it } from "vitest";
import { bundleWorker } from "./bundle";
import { allBugs } from "./planted/all_bugs";
import { Pool } from "./pool";
import { shrink } from "./shrink";
import type { RunOptions, RunResult } from "./simulation";

const STEPS = Array.from({ length: 100 }, (_, at) => at);

/** A run that breaks at event 300 when steps 17 and 42 of its plan are carried out, and otherwise, as told, another invariant. */
function madeUp(other?: string) {
  return ({ seed, events, keep }: RunOptions): Promise<RunResult> => {
    const actions = STEPS.filter((step) => keep?.has(step) ?? true);
    const broken = actions.includes(17) && actions.includes(42) ? "the one" : other;
    const violation =
      broken === undefined || events < 300
        ? undefined
        : { invariant: broken, detail: "", event: 300, timeMs: 0 };
    return Promise.resolve({
      seed,
      events,
      virtualMs: 0,
      violation,
      hash: 0,
      coverage: new Map(),
      actions,
      trace: [],
    });
  };
}

describe("a failing run", () => {
  it.each([undefined, "another one"])(
    "is shrunk to the steps without which it does not fail (other steps left: %s)",
    async (other) => {
      const run = madeUp(other);
      const options = { seed: 1, events: 5000 };
      const shrunk = await shrink(options, await run(options), run);
      expect(shrunk.result.actions).toEqual([17, 42]);
      expect(shrunk.options.events).toBe(301);
      expect(shrunk.result.violation?.invariant).toBe("the one");
    },
  );

  it("of a planted bug replays exactly, and shrunk breaks the same invariant by fewer steps", async () => {
    const bug = allBugs.find(({ name }) => name === "a vote leaves before it is durable");
    const bundle = await bundleWorker(bug?.replacements);
    const pool = new Pool(bundle.file, 1);
    try {
      const run = async (options: RunOptions) => (await pool.run(options)).result;
      let options = { seed: 1, events: 5000 };
      let failing = await run(options);
      while (failing.violation === undefined && options.seed < 20) {
        options = { ...options, seed: options.seed + 1 };
        failing = await run(options);
      }
      expect(failing.violation?.invariant).toBe("nothing is promised before it is durable");
      const again = await run({ ...options, tracing: true });
      expect(again).toMatchObject({ hash: failing.hash, violation: failing.violation });
      expect(again.trace.length).toBeGreaterThan(0);
      const shrunk = await shrink(options, failing, run);
      expect(shrunk.result.actions.length).toBeLessThan(failing.actions.length);
      const { actions } = shrunk.result;
      const replayed = await run({ ...shrunk.options, keep: new Set(actions) });
      expect(replayed).toMatchObject({ hash: shrunk.result.hash, violation: shrunk.result.violation });
      expect(replayed.violation?.invariant).toBe(failing.violation?.invariant);
    } finally {
      await pool.close();
      bundle.remove();
    }
  });
});
