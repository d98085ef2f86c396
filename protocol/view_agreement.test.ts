import { describe, expect, test } from "vitest";
import type { MemberStatus } from "./status";
import { member, statusOf } from "./testing/status_fixture";
import { heardWords, viewAgreement } from "./view_agreement";

type View = NonNullable<MemberStatus["ownView"]>;

function holding(id: string, changes: Partial<View> = {}): MemberStatus {
  const ownView: View = {
    committedIndex: 12,
    members: ["1", "2", "3"],
    learners: [],
    leader: "1",
    term: 2,
    ageMs: 400,
    ...changes,
  };
  return member({ id, ownView });
}

describe("view agreement", () => {
  test("is one sentence while every node holds the same view", () => {
    const found = viewAgreement(statusOf([holding("1"), holding("2"), holding("3")]));
    expect(found.agree).toBe(true);
    expect(found.sentence).toBe("3 of 3 nodes agree: index 12, 3 voters.");
  });

  test("says which node holds an old view, and what it misses", () => {
    const old = holding("3", { committedIndex: 9, members: ["1", "3"], learners: ["2"] });
    const found = viewAgreement(statusOf([holding("1"), holding("2"), old]));
    expect(found.agree).toBe(false);
    expect(found.sentence).toBe("n3 holds an old view: index 9, newest 12.");
    expect(found.nodes[2]).toMatchObject({ old: true, misses: [{ kind: "promoted", id: "2" }] });
  });

  test("at a removed node calls nobody's view old: it hears nobody any more", () => {
    const self = { id: "3", name: "n3", standing: "removed" as const, index: 12 };
    const before = { committedIndex: 9, ageMs: 20_000 };
    const found = viewAgreement(statusOf([holding("1", before), holding("2", before)], { self }));
    expect(found.agree).toBe(true);
    expect(found.sentence).toBe("No node has said lately what it holds.");
  });

  test("at a removed node takes nobody's word for current, however fresh: only its own view stands", () => {
    const self = { id: "3", name: "n3", standing: "removed" as const, index: 12 };
    const found = viewAgreement(statusOf([holding("1"), holding("2"), holding("3")], { self }));
    expect(found.nodes.map(({ heard }) => heard)).toEqual([false, false, true]);
    expect(found.sentence).toBe("1 of 3 nodes answers: index 12, 3 voters.");
  });

  test("of one voter is in the singular", () => {
    const own = { members: ["1"], committedIndex: 12 };
    expect(viewAgreement(statusOf([holding("1", own)])).sentence).toBe(
      "1 of 1 node agrees: index 12, 1 voter.",
    );
  });

  test("judges this console's own node by the newest view anybody holds", () => {
    const own = holding("1", { committedIndex: 12 });
    const newer = { committedIndex: 15, learners: ["4"] };
    const found = viewAgreement(statusOf([own, holding("2", newer), holding("3", newer)]));
    expect(found.newest.committedIndex).toBe(15);
    expect(found.nodes.map(({ old }) => old)).toEqual([true, false, false]);
  });

  test("an old view stands out also after its node fell silent", () => {
    const silent = holding("3", { committedIndex: 9, ageMs: 60_000 });
    const found = viewAgreement(statusOf([holding("1"), holding("2"), silent]));
    expect(found.agree).toBe(false);
    expect(found.nodes[2]).toMatchObject({ old: true, heard: false });
  });

  test("a silent node with the newest view disagrees with nobody, and is not counted as answering", () => {
    const found = viewAgreement(statusOf([holding("1"), holding("2"), holding("3", { ageMs: 4000 })]), 2000);
    expect(found.agree).toBe(true);
    expect(found.sentence).toBe("2 of 3 nodes answer and agree: index 12, 3 voters.");
    expect(found.nodes.map(heardWords)).toEqual(["now", "now", "6 s ago"]);
  });

  test("a node never heard of disagrees with nobody", () => {
    const found = viewAgreement(statusOf([holding("1", { members: ["1", "2"] }), member({ id: "2" })]));
    expect(found.agree).toBe(true);
    expect(found.sentence).toBe("1 of 2 nodes answers: index 12, 2 voters.");
    expect(heardWords({ ageMs: null, heard: false })).toBe("never");
  });

  test("another leader, or an older term, is a disagreement", () => {
    const found = viewAgreement(
      statusOf([holding("1"), holding("2", { leader: "3" }), holding("3", { term: 1 })]),
    );
    expect(found.agree).toBe(false);
    expect(found.nodes.map(({ otherLeader }) => otherLeader)).toEqual([false, true, true]);
    expect(found.sentence).toBe("n2 and n3 name another leader or term than the others.");
  });

  test("takes lists that a large cluster does not repeat for those of the status", () => {
    const same = { lists: "same" as const, members: [], learners: [] };
    const found = viewAgreement(statusOf([holding("1"), holding("2", same), holding("3", same)]));
    expect(found.agree).toBe(true);
    expect(found.sentence).toBe("3 of 3 nodes agree: index 12, 3 voters.");
    expect(found.nodes[1]?.view).toMatchObject({ members: ["1", "2", "3"], learners: [] });
  });

  test("lets a node stand out that holds another configuration at the same index, also while its lists are not known", () => {
    const other = { lists: "unknown" as const, members: [], learners: [] };
    const found = viewAgreement(statusOf([holding("1"), holding("2"), holding("3", other)]));
    expect(found.agree).toBe(false);
    expect(found.nodes[2]).toMatchObject({ old: true, misses: [] });
    const newer = viewAgreement(statusOf([holding("1"), holding("2", { ...other, committedIndex: 13 })]));
    expect(newer.newest.committedIndex).toBe(13);
    expect(newer.nodes.map(({ old }) => old)).toEqual([true, false]);
  });
});
