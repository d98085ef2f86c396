import { describe, expect, it } from "vitest";
import {
  joinWindows,
  OVERSCAN,
  type VisiblePart,
  visibleParts,
  windowAt,
  withOverscan,
} from "./visible_parts";

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

describe("the window of a long table", () => {
  it("is what is in view, wherever the page is scrolled to", () => {
    for (let top = 400; top > -40_000; top -= 7) {
      const { first, shown } = windowAt(top, 900, 36);
      expect(first).toBe(Math.max(0, Math.floor(-top / 36)));
      expect(first + shown).toBe(Math.ceil((900 - top) / 36));
    }
  });

  it("has one row while the table is below what is in view", () => {
    expect(windowAt(2400, 900, 36)).toEqual({ first: 0, shown: 1, height: 36 });
  });

  it("has a stride around it", () => {
    for (let first = 0; first < 500; first += 1) {
      const around = withOverscan({ first, shown: 25, height: 36 });
      expect(around.first).toBeLessThanOrEqual(Math.max(0, first - OVERSCAN));
      expect(around.first + around.shown).toBeGreaterThanOrEqual(first + 25 + OVERSCAN);
      expect(around.shown).toBeLessThanOrEqual(25 + 4 * OVERSCAN);
    }
  });

  it("keeps what is rendered beside it, and lets go what is far from it", () => {
    const inView = { first: 30, shown: 25, height: 36 };
    expect(joinWindows(inView, { first: 0, shown: 48, height: 36 })).toEqual({
      ...inView,
      first: 0,
      shown: 55,
    });
    expect(joinWindows(inView, { first: 0, shown: 30, height: 36 })).toEqual({
      ...inView,
      first: 0,
      shown: 55,
    });
    expect(joinWindows(inView, { first: 0, shown: 29, height: 36 })).toEqual(inView);
    expect(joinWindows(inView, { first: 56, shown: 48, height: 36 })).toEqual(inView);
  });
});
