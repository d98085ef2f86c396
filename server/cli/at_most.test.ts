import { afterEach, expect, test, vi } from "vitest";
import { atMost } from "./at_most";

afterEach(() => {
  vi.useRealTimers();
});

test("waits for the end, or for the time, whichever comes first, and leaves no timer behind", async () => {
  vi.useFakeTimers();
  await atMost(1000, Promise.resolve());
  expect(vi.getTimerCount()).toBe(0);
  let over = false;
  const waiting = atMost(1000, new Promise(() => {})).then(() => {
    over = true;
  });
  await vi.advanceTimersByTimeAsync(999);
  expect(over).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  await waiting;
});

test("passes on what went wrong at the end", async () => {
  await expect(atMost(1000, Promise.reject(new Error("stuck")))).rejects.toThrow("stuck");
});
