import { expect, it } from "vitest";
import { ManualTimers } from "../../clusters/testing/manual_timers";
import { Pacer } from "./pacer";

it("passes the newest value on, at most one in each interval", () => {
  const timers = new ManualTimers();
  const passed: [number, number][] = [];
  const pacer = new Pacer<number>(timers, 500, (value) => passed.push([timers.now(), value]));
  for (let n = 0; n < 20; n += 1) {
    pacer.offer(n);
    timers.advance(100);
  }
  timers.advance(5000);
  expect(passed).toEqual([
    [0, 0],
    [500, 4],
    [1000, 9],
    [1500, 14],
    [2000, 19],
  ]);
  expect(timers.pending).toBe(0);
});

it("passes nothing on once closed", () => {
  const timers = new ManualTimers();
  const passed: number[] = [];
  const pacer = new Pacer<number>(timers, 500, (value) => passed.push(value));
  pacer.offer(1);
  pacer.offer(2);
  pacer.close();
  timers.advance(1000);
  expect([passed, timers.pending]).toEqual([[1], 0]);
});
