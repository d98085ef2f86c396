import { describe, expect, it } from "vitest";
import { type VisiblePart, visibleParts } from "./visible_parts";

const ids = Array.from({ length: 1000 }, (_, place) => String(place + 1));
const window = { first: 300, shown: 60, height: 36 };

const heightOf = (parts: readonly VisiblePart[]) =>
  parts.reduce((sum, part) => sum + (part.kind === "row" ? 36 : part.height), 0);
const rows = (parts: readonly VisiblePart[]) => parts.filter((part) => part.kind === "row");

describe("what a long table renders", () => {
  it("is the rows of the window, and space for the others", () => {
    const parts = visibleParts(ids, window, undefined);
    expect(rows(parts).map(({ place }) => place)).toEqual(Array.from({ length: 60 }, (_, at) => 300 + at));
    expect(heightOf(parts)).toBe(36_000);
  });

  it("is the focused row too, at its place above or below", () => {
    for (const focused of ["10", "900"]) {
      const parts = visibleParts(ids, window, focused);
      expect(rows(parts)).toHaveLength(61);
      expect(heightOf(parts)).toBe(36_000);
      const at = parts.findIndex((part) => part.kind === "row" && part.id === focused);
      expect(heightOf(parts.slice(0, at))).toBe((Number(focused) - 1) * 36);
    }
  });

  it("ends with the table", () => {
    const parts = visibleParts(ids.slice(0, 100), { ...window, first: 90 }, "50");
    expect(rows(parts).map(({ id }) => id)).toEqual(ids.slice(40, 100));
    expect(heightOf(parts)).toBe(3600);
  });
});
