import { expect, test } from "vitest";
import { JOIN_BURST, JOIN_INTERVAL_MS, JoinGate } from "./join_gate";
import { ManualClock } from "./testing/manual_clock";

test("admits a burst, then one an interval, and never saves up more than a burst", () => {
  const clock = new ManualClock();
  const gate = new JoinGate(clock, 1_000);
  const admitted = () => {
    let count = 0;
    while (gate.enter()) count++;
    return count;
  };
  expect(admitted()).toBe(JOIN_BURST);
  clock.advance(JOIN_INTERVAL_MS - 1);
  expect(admitted()).toBe(0);
  clock.advance(1);
  expect(admitted()).toBe(1);
  clock.advance(JOIN_INTERVAL_MS * 1_000);
  expect(admitted()).toBe(JOIN_BURST);
});

test("bounds how many wait at the same time", () => {
  const gate = new JoinGate(new ManualClock(), 2);
  expect([gate.enter(), gate.enter(), gate.enter()]).toEqual([true, true, false]);
  gate.leave();
  expect(gate.enter()).toBe(true);
});
