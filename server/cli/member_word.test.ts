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

function decimal(known: readonly MemberStatus[]) {
  return { status: { members: [...known] }, capabilities: { idFormat: "decimal" as const } };
}

const members = [
  member("1", "n1"),
  member("2", "blue"),
  member("7", "2"),
  member("8", "twin"),
  member("9", "twin"),
];

test("a name or an id is the member's id", () => {
  expect(memberId("blue", decimal(members))).toBe("2");
  expect(memberId("1", decimal(members))).toBe("1");
});

test("an id that nobody has goes to the cluster, which knows what became of it", () => {
  expect(memberId("44", decimal(members))).toBe("44");
});

test("a word that could mean two members means none", () => {
  expect(memberId("2", decimal(members))).toMatchObject({ kind: "usage" });
  expect(memberId("twin", decimal(members))).toMatchObject({ kind: "usage" });
});

test("an unknown name suggests the nearest", () => {
  const trouble = memberId("bleu", decimal(members));
  expect(trouble).toMatchObject({ kind: "problem", problem: { code: "not-a-member" } });
  expect(JSON.stringify(trouble)).toContain("Did you mean blue?");
});

test("takes an id of a cluster that knows them in hex, in hex or decimal", () => {
  const hashed = [member("10276657743932975437", ""), member("16", "b")];
  const cluster = { status: { members: hashed }, capabilities: { idFormat: "hex" as const } };
  expect(memberId("8e9e05c52164694d", cluster)).toBe("10276657743932975437");
  expect(memberId("0x8E9E05C52164694D", cluster)).toBe("10276657743932975437");
  expect(memberId("10276657743932975437", cluster)).toBe("10276657743932975437");
  expect(memberId("b", cluster)).toBe("16");
  expect(memberId("0xff", cluster)).toBe("255");
  expect(memberId("e4", cluster)).toMatchObject({ kind: "problem" });
});

test("wants a word for an id that is one member's in hex and another's in decimal", () => {
  const both = [member("10", "a"), member("16", "b")];
  const cluster = { status: { members: both }, capabilities: { idFormat: "hex" as const } };
  expect(memberId("10", cluster)).toMatchObject({ kind: "usage" });
  expect(memberId("0x10", cluster)).toBe("16");
});
