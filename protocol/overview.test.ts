import { expect, test } from "vitest";
import { overviewOf } from "./overview";

test("names the gravest state first, and says how many there are of each", () => {
  expect(overviewOf(["ok", "lost", "ok"])).toEqual({
    state: "lost",
    sentence: "3 clusters: 1 lost, 2 OK.",
    title: "✖ 1 of 3 clusters lost",
  });
});

test("an unknown cluster is graver than one at its limit: it may be lost", () => {
  expect(overviewOf(["at-limit", "unknown", "degraded"]).state).toBe("unknown");
});

test("when all are well it says so, and without any it says nothing", () => {
  expect(overviewOf(["ok", "ok"]).title).toBe("● 2 clusters OK");
  expect(overviewOf([])).toMatchObject({ state: "unknown", title: "Rollcall" });
});
