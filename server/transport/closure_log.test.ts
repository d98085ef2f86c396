import { expect, test } from "vitest";
import { ClosureLog } from "./closure_log";
import { ManualClock } from "./testing/manual_clock";

function setup() {
  const clock = new ManualClock();
  const lines: string[] = [];
  return { clock, lines, log: new ClosureLog(clock, (level, text) => lines.push(`${level} ${text}`)) };
}

test("says each reason once a second, and how often it occurred meanwhile", () => {
  const { clock, lines, log } = setup();
  for (let i = 0; i < 100; i++) log.note(`1.2.3.${i}`, { code: "malformed", detail: "garbage" });
  log.note("node 2", { code: "ended", detail: "closed by the other side" });
  clock.advance(1_000);
  log.note("1.2.4.1", { code: "malformed", detail: "garbage" });
  expect(lines).toEqual([
    "warn connection with 1.2.3.0 closed: garbage",
    "info connection with node 2 closed: closed by the other side",
    "warn connection with 1.2.4.1 closed: garbage (and 99 like it, not shown)",
  ]);
});

test("says the same line once a minute, and lets another peer be heard meanwhile", () => {
  const { clock, lines, log } = setup();
  for (let second = 0; second < 121; second++) {
    log.note("node 2", { code: "failed", detail: "refused" });
    clock.advance(500);
    log.note("node 3", { code: "failed", detail: "refused" });
    clock.advance(500);
  }
  expect(lines.filter((line) => line.includes("node 2"))).toHaveLength(3);
  expect(lines.filter((line) => line.includes("node 3")).length).toBeGreaterThan(0);
  expect(lines.length).toBeLessThan(8);
});
