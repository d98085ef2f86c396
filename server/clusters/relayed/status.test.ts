import { expect, it } from "vitest";
import { learner, member, statusOf } from "../../../protocol/testing/status_fixture";
import { relayedStatus } from "./status";

const own = { committedIndex: 9, members: ["1"], learners: [], leader: "1", term: 2, ageMs: 100 };
const voter = {
  ...member({ id: "1", sinceMs: 5000, lastContactMs: 50, ownView: own }),
  health: {
    state: "healthy" as const,
    word: "Healthy" as const,
    sinceMs: 5000,
    source: { by: "this node", ageMs: 400 },
  },
};
const heard = {
  ...statusOf([voter, learner({ id: "4" })]),
  self: { id: "1", name: "n1", standing: "member" as const, index: null },
  factAgeMs: 200,
};
const notice = { id: "consoles", tone: "warning", text: "Gone.", advice: null, member: null } as const;

it("makes every age older, and has no node of its own", () => {
  const told = relayedStatus(heard, "local", 1000, [notice]);
  expect(told).toMatchObject({ self: null, factAgeMs: 1200, notices: [notice] });
  expect(told.members[0]).toMatchObject({
    health: { state: "healthy", sinceMs: 6000, source: { by: "n1", ageMs: 1400 } },
    lastContactMs: 1050,
    ownView: { ageMs: 1100 },
    console: "http://127.0.0.1:7401/?c=local",
  });
});

it("calls nobody healthy or ready for what was heard 5 s ago", () => {
  const told = relayedStatus(heard, "local", 5000, []);
  expect(told.factAgeMs).toBe(5200);
  expect(told.members.map(({ health }) => health.word)).toEqual(["Unknown", "Unknown"]);
  expect(told.members.map(({ lag }) => lag?.current)).toEqual([false, false]);
  expect(told.members[1]?.promotable).toBeNull();
  // What was old already when it was heard is so sooner.
  const sooner = relayedStatus(heard, "local", 4600, []).members.map(({ health }) => health.word);
  expect(sooner[0]).toBe("Unknown");
});
