import { expect, test } from "vitest";
import { RestartDelay } from "./restart_delay";

test("waits double from 3 s to 30 s", () => {
  const delay = new RestartDelay();
  const waits = [1, 2, 3, 4, 5, 6].map(() => {
    delay.started(0);
    return delay.next(1000);
  });
  expect(waits).toEqual([3000, 6000, 12_000, 24_000, 30_000, 30_000]);
});

test("a process that ran for a minute starts from 3 s again", () => {
  const delay = new RestartDelay();
  delay.next(0);
  delay.next(0);
  delay.started(10_000);
  expect(delay.next(70_000)).toBe(3000);
});
