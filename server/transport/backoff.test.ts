import { expect, test } from "vitest";
import { BACKOFF_MS_MAX, backoffMs } from "./backoff";

test("doubles from 50 ms to a second, and stays there", () => {
  const delays = [0, 1, 2, 3, 4, 5, 6, 1_000].map((attempt) => backoffMs(attempt, 1));
  expect(delays).toEqual([50, 100, 200, 400, 800, 1_000, 1_000, BACKOFF_MS_MAX]);
});

test("spreads over the upper half", () => {
  expect(backoffMs(2, 0)).toBe(100);
  expect(backoffMs(2, 0.5)).toBe(150);
});
