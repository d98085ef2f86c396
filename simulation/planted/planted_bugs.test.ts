import { describe, expect, it } from "vitest";
import { staleReplacements } from "../bundle";
import { allBugs } from "./all_bugs";

describe("the planted bugs", () => {
  it("are at least 30, each under a name of its own", () => {
    expect(allBugs.length).toBeGreaterThanOrEqual(30);
    expect(new Set(allBugs.map(({ name }) => name)).size).toBe(allBugs.length);
  });

  it("fit the sources as they are now", async () => {
    expect(await staleReplacements(allBugs.flatMap(({ replacements }) => replacements))).toEqual([]);
  });
});
