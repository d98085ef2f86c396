import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import type { Assessment } from "../../protocol/assess";
import { confirm } from "./confirm";
import { recorded } from "./testing/surroundings";

function assessment(more: Partial<Assessment>): Assessment {
  return {
    before: { voters: 3, quorum: 2, healthy: 3, canLose: 1 },
    after: { voters: 2, quorum: 2, healthy: 2, canLose: 0 },
    canCommit: { ok: true, sentence: "Yes." },
    safe: { ok: true, sentence: "Yes, but no spare." },
    risk: "summary",
    notes: ["A note."],
    alternatives: [],
    dialog: { title: "Remove voter n3", primary: "Remove n3", danger: true },
    ...more,
  };
}

function asked(more: Partial<Assessment>, answers: readonly (string | undefined)[] | undefined, words = {}) {
  const record = recorded(tmpdir(), answers);
  const parsed = { operands: [], text: {}, flags: new Set<string>(), ...words };
  return { record, answer: confirm(assessment(more), parsed, record.surroundings) };
}

test("where nobody sits at a terminal nobody is asked", async () => {
  const { record, answer } = asked({ risk: "type-name", typeName: "n3" }, undefined);
  expect(await answer).toBe("yes");
  expect(record.err()).toBe("");
});

test("an ordinary change shows before and after and takes only a yes", async () => {
  const { record, answer } = asked({}, ["y"]);
  expect(await answer).toBe("yes");
  for (const text of [
    "Remove voter n3",
    "Can lose  1    0",
    "Yes, but no spare.",
    "A note.",
    "Remove n3? [y/N]",
  ]) {
    expect(record.err()).toContain(text);
  }
  for (const typed of ["", "n", "yess", undefined]) expect(await asked({}, [typed]).answer).toBe("no");
  expect(await asked({}, [], { flags: new Set(["yes"]) }).answer).toBe("yes");
});

test("a risky change takes only its name, typed or given", async () => {
  const risky = { risk: "type-name", typeName: "n3" } as const;
  expect(await asked(risky, ["n3"]).answer).toBe("yes");
  for (const typed of ["y", "yes", "n2", "", undefined])
    expect(await asked(risky, [typed]).answer).toBe("no");
  expect(await asked(risky, ["y"], { flags: new Set(["yes"]) }).answer).toBe("no");
  expect(await asked(risky, [], { text: { confirm: "n3" } }).answer).toBe("yes");
});

test("what loses quorum is forced only where --force asks for it, and by its name", async () => {
  const refusal = { code: "would-lose-quorum", sentence: "It would lose quorum." } as const;
  const losing = {
    risk: "refused",
    refusal,
    force: { typeName: "n1", sentence: "Nothing can commit." },
  } as const;
  const flags = new Set(["force", "yes"]);
  expect(await asked(losing, ["n1"], { flags: new Set(["yes"]) }).answer).toBe("no");
  const typed = asked(losing, ["n1"], { flags });
  expect(await typed.answer).toBe("yes");
  expect(typed.record.err()).toContain("It would lose quorum. Nothing can commit.\nType n1 to force it: ");
  for (const other of ["y", "n2", "", undefined]) {
    expect(await asked(losing, [other], { flags }).answer).toBe("no");
  }
  expect(await asked(losing, undefined, { flags, text: { confirm: "n1" } }).answer).toBe("yes");
  const script = asked(losing, undefined, { flags });
  expect(await script.answer).toBe("no");
  expect(script.record.err()).toContain("add --confirm n1");
});

test("what would be refused is not asked about", async () => {
  const refusal = { code: "would-lose-quorum", sentence: "It would lose quorum." } as const;
  const { record, answer } = asked({ risk: "refused", refusal }, ["y"]);
  expect(await answer).toBe("no");
  expect(record.err()).toContain("It would lose quorum. Nothing was done.");
});
