import { describe, expect, it } from "vitest";
import { steadyOrder } from "./steady_order";

describe("the order of a table that is pointed at", () => {
  it("is not sorted anew; what is new comes last", () => {
    expect(steadyOrder(["3", "1", "2"], ["4", "2", "3", "1"], false)).toEqual(["3", "1", "2", "4"]);
  });

  it("lets go of what is gone, unless its place is to be held", () => {
    expect(steadyOrder(["1", "2", "3"], ["1", "3"], false)).toEqual(["1", "3"]);
    expect(steadyOrder(["1", "2", "3"], ["1", "3"], true)).toEqual(["1", "2", "3"]);
  });

  it("is the same array while nothing differs", () => {
    const held = ["2", "1"];
    expect(steadyOrder(held, ["1", "2"], false)).toBe(held);
    expect(steadyOrder(held, ["1"], true)).toBe(held);
  });
});
