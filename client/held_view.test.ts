import { describe, expect, it } from "vitest";
import type { MembershipView } from "../protocol/membership";
import { heldFragment, newerView, parseHeldFragment } from "./held_view";

const viewAt = (committedIndex: number, epoch = "e1", members = ["1", "2", "3"]): MembershipView => ({
  epoch,
  exact: true,
  sequence: committedIndex,
  snapshot: { members, learners: [], committedIndex },
});

describe("a view carried to another console", () => {
  it("comes back from the fragment as it was", () => {
    const view = viewAt(12, "0f8c:a/b");
    expect(parseHeldFragment(heldFragment(view))).toEqual(view);
  });

  it("is left behind where it would make the address too long", () => {
    const members = Array.from({ length: 1000 }, (_, place) => String(place + 1));
    expect(heldFragment(viewAt(12, "e1", members))).toBe("");
    expect(heldFragment(undefined)).toBe("");
  });

  it.each(["", "#", "#held=", "#held=%", "#held=%7B%7D", "#section"])("is not read out of %s", (hash) => {
    expect(parseHeldFragment(hash)).toBeUndefined();
  });

  it("gives way to a newer one of this tab, within an epoch", () => {
    expect(newerView(viewAt(5), viewAt(4))).toEqual(viewAt(5));
    expect(newerView(viewAt(4), viewAt(5))).toEqual(viewAt(5));
    expect(newerView(viewAt(9), viewAt(1, "e2"))).toEqual(viewAt(1, "e2"));
    expect(newerView(viewAt(9), undefined)).toEqual(viewAt(9));
    expect(newerView(undefined, undefined)).toBeUndefined();
  });
});
