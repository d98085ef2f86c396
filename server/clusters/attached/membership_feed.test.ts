import { describe, expect, it } from "vitest";
import type { MembershipView } from "../../../protocol/membership";
import type { SeenMember } from "./effects";
import { type Observation, ObservedMembership, type Publication } from "./membership_feed";

const none: MembershipView = {
  epoch: "new",
  exact: false,
  sequence: 0,
  snapshot: { members: [], learners: [], committedIndex: 0 },
};
const member = (id: string, role: SeenMember["role"] = "voter"): SeenMember => ({
  id,
  name: `n${id}`,
  role,
  peerUrls: [`http://h${id}:2380`],
});
const three = ["1", "2", "3"].map((id) => member(id));
const look = (index: number, members: readonly SeenMember[] = three, more: Partial<Observation> = {}) => ({
  epoch: "e1",
  members,
  index,
  exact: true,
  indexed: false,
  ...more,
});

function feed(initial = none) {
  const published: Publication[] = [];
  return { feed: new ObservedMembership(initial, (one) => published.push(one)), published };
}

describe("the membership watch of an attached cluster", () => {
  it("publishes nothing new while the members stay, however far the cluster's index went", () => {
    const { feed: it1, published } = feed();
    it1.observe(look(56));
    it1.observe(look(900));
    expect(it1.newest).toMatchObject({ sequence: 1, exact: true, snapshot: { committedIndex: 56 } });
    expect(published).toHaveLength(1);
    expect(published[0]?.changes).toEqual([]);
  });

  it("rises strictly within an epoch, and says when the index is only a lower bound", () => {
    const { feed: it1, published } = feed();
    it1.observe(look(56));
    const view = it1.observe(look(56, [...three, member("4", "learner")]));
    expect(view).toMatchObject({
      sequence: 2,
      exact: false,
      snapshot: { members: ["1", "2", "3"], learners: ["4"], committedIndex: 57 },
    });
    expect(published[1]?.changes).toMatchObject([{ kind: "add-learner", id: "4", name: "n4" }]);
    expect(it1.observe(look(56, [...three, member("4")])).snapshot).toMatchObject({ committedIndex: 58 });
  });

  it("follows an index of the configuration itself, and drops an older look", () => {
    const { feed: it1 } = feed();
    it1.observe(look(5, three, { indexed: true }));
    expect(it1.observe(look(8, three, { indexed: true })).snapshot.committedIndex).toBe(8);
    expect(it1.observe(look(6, [member("1")], { indexed: true })).snapshot.members).toHaveLength(3);
  });

  it("begins again where a new epoch does", () => {
    const { feed: it1 } = feed();
    it1.observe(look(50, three, { indexed: true }));
    const view = it1.observe(look(2, three, { indexed: true, epoch: "e2" }));
    expect(view).toMatchObject({ epoch: "e2", sequence: 1, snapshot: { committedIndex: 2 } });
  });

  it("goes on from the view of an earlier run, and tells what changed in between", () => {
    const { feed: first } = feed();
    const last = first.observe(look(56));
    const { feed: second, published } = feed(last);
    expect(second.newest).toEqual(last);
    second.observe(look(40));
    expect(published).toEqual([]);
    second.observe(look(41, [member("1"), member("2"), member("4")]));
    expect(second.newest).toMatchObject({ sequence: 2, snapshot: { committedIndex: 57 } });
    expect(published[0]?.changes.map(({ kind, id }) => [kind, id])).toEqual([
      ["add-learner", "4"],
      ["promote", "4"],
      ["remove", "3"],
    ]);
  });

  it("tells of new peer URLs without a new view", () => {
    const { feed: it1, published } = feed();
    it1.observe(look(56));
    const moved = { ...member("3"), peerUrls: ["http://other:2380"] };
    it1.observe(look(57, [member("1"), member("2"), moved]));
    expect(it1.newest.snapshot.committedIndex).toBe(56);
    expect(published[1]?.changes).toMatchObject([{ kind: "update-address", id: "3" }]);
  });

  it("orders ids by size, not by their digits", () => {
    const { feed: it1 } = feed();
    const ids = ["10276657743932975437", "9372538179322589801", "42"];
    it1.observe(
      look(
        5,
        ids.map((id) => member(id)),
      ),
    );
    expect(it1.newest.snapshot.members).toEqual(["42", "9372538179322589801", "10276657743932975437"]);
  });
});
