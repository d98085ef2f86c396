import { expect, test } from "vitest";
import type { MemberStatus } from "../../protocol/status";
import { memberId } from "./member_word";

function member(id: string, name: string): MemberStatus {
  return {
    id,
    name,
    role: "voter",
    address: "",
    console: null,
    health: { state: "healthy", word: "Healthy", sinceMs: null, source: null },
    lag: null,
    ratePerSecond: null,
    lastContactMs: null,
    promotable: null,
    ownView: null,
    facts: [],
  };
}

const members = [
  member("1", "n1"),
  member("2", "blue"),
  member("7", "2"),
  member("8", "twin"),
  member("9", "twin"),
];

test("a name or an id is the member's id", () => {
  expect(memberId("blue", { members })).toBe("2");
  expect(memberId("1", { members })).toBe("1");
});

test("an id that nobody has goes to the cluster, which knows what became of it", () => {
  expect(memberId("44", { members })).toBe("44");
});

test("a word that could mean two members means none", () => {
  expect(memberId("2", { members })).toMatchObject({ kind: "usage" });
  expect(memberId("twin", { members })).toMatchObject({ kind: "usage" });
});

test("an unknown name suggests the nearest", () => {
  const trouble = memberId("bleu", { members });
  expect(trouble).toMatchObject({ kind: "problem", problem: { code: "not-a-member" } });
  expect(JSON.stringify(trouble)).toContain("Did you mean blue?");
});
