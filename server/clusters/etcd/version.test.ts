import { describe, expect, it } from "vitest";
import { isBefore, lacksFix, parseVersion } from "./version";

describe("versions", () => {
  it("are read with and without a suffix, and not at all where there is none", () => {
    expect(parseVersion("3.6.14")).toEqual([3, 6, 14]);
    expect(parseVersion("3.6.0-rc.4")).toEqual([3, 6, 0]);
    expect(parseVersion("not_decided")).toBeUndefined();
  });

  it("compare by number, not by letter", () => {
    expect(isBefore("3.5.9", [3, 5, 31])).toBe(true);
    expect(isBefore("3.10.0", [3, 6, 0])).toBe(false);
    expect(isBefore("", [3, 6, 0])).toBe(false);
  });

  it("lack a fix by their own release line", () => {
    const fixed = [
      [3, 5, 31],
      [3, 6, 12],
    ] as const;
    const affected = ["3.4.23", "3.5.30", "3.6.0", "3.6.11"];
    const good = ["3.5.31", "3.5.40", "3.6.12", "3.7.0", "4.0.0", "unknown"];
    expect(affected.filter((version) => !lacksFix(version, fixed))).toEqual([]);
    expect(good.filter((version) => lacksFix(version, fixed))).toEqual([]);
  });
});
