import { expect, test } from "vitest";
import { ManualTimers } from "../clusters/testing/manual_timers";
import type { ProposeOutcome } from "../engine/types";
import { LOAD_MS_MAX, WriteLoad } from "./write_load";

function setup(answer: () => Promise<ProposeOutcome>) {
  const timers = new ManualTimers();
  const counts = { proposed: 0 };
  const load = new WriteLoad(() => {
    counts.proposed += 1;
    return answer();
  }, timers);
  return { timers, counts, load };
}

/** Turns the clock in steps and lets what was answered be heard. */
async function run(timers: ManualTimers, ms: number): Promise<void> {
  for (let at = 0; at < ms; at += 20) {
    timers.advance(20);
    await Promise.resolve();
    await Promise.resolve();
  }
}

const applied: ProposeOutcome = { kind: "applied", index: 1 };

test("writes at the rate asked for, and stops when switched off", async () => {
  const { timers, counts, load } = setup(async () => applied);
  load.set(100);
  await run(timers, 2000);
  expect(counts.proposed).toBe(200);
  load.set(1000);
  await run(timers, 1000);
  expect(counts.proposed).toBe(1200);
  load.set(0);
  await run(timers, 1000);
  expect(counts.proposed).toBe(1200);
  expect(load.view).toEqual({ ratePerSecond: 0, endsInMs: null, blocked: null });
});

test("ends by itself after ten minutes and says so", async () => {
  const { timers, load } = setup(async () => applied);
  let ended = 0;
  load.set(100, () => {
    ended += 1;
  });
  expect(load.view.endsInMs).toBe(LOAD_MS_MAX);
  timers.advance(LOAD_MS_MAX);
  expect(ended).toBe(1);
  expect(load.view.ratePerSecond).toBe(0);
});

test("without answers no more than a bounded number of entries is under way", async () => {
  const { timers, counts, load } = setup(() => new Promise(() => {}));
  load.set(1000);
  await run(timers, 5000);
  expect(counts.proposed).toBe(256);
});

test("says why nothing is written while the load is on, and stops saying it", async () => {
  let outcome: ProposeOutcome = { kind: "refused", detail: "There is no leader." };
  const { timers, load } = setup(async () => outcome);
  load.set(100);
  await run(timers, 1000);
  expect(load.view.blocked).toBeNull();
  await run(timers, 1000);
  expect(load.view.blocked).toBe("There is no leader.");
  outcome = applied;
  await run(timers, 100);
  expect(load.view.blocked).toBeNull();
});

test("a timer that comes late does not write what was missed in a burst", async () => {
  const manual = new ManualTimers();
  let lateMs = 0;
  let proposed = 0;
  const load = new WriteLoad(
    async () => {
      proposed += 1;
      return applied;
    },
    {
      now: () => manual.now() + lateMs,
      after: (ms, call) => manual.after(ms, call),
      every: (ms, call) => manual.every(ms, call),
    },
  );
  load.set(1000);
  lateMs = 60_000;
  await run(manual, 20);
  expect(proposed).toBeGreaterThan(0);
  expect(proposed).toBeLessThanOrEqual(100);
});
