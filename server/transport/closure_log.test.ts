import { expect, test } from "vitest";
import { ClosureLog } from "./closure_log";
import { ManualClock } from "./manual_clock";

test("says each reason once a second, and how often it occurred meanwhile", () => {
  const clock = new ManualClock();
  const lines: string[] = [];
  const log = new ClosureLog(clock, (level, text) => lines.push(`${level} ${text}`));
  for (let i = 0; i < 100; i++) log.note("1.2.3.4:5", { code: "malformed", detail: "garbage" });
  log.note("node 2", { code: "ended", detail: "closed by the other side" });
  clock.advance(1_000);
  log.note("1.2.3.4:6", { code: "malformed", detail: "garbage" });
  expect(lines).toEqual([
    "warn connection with 1.2.3.4:5 closed: garbage",
    "info connection with node 2 closed: closed by the other side",
    "warn connection with 1.2.3.4:6 closed: garbage (and 99 more like it)",
  ]);
});
