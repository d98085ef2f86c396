import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { MembershipView } from "../../../protocol/membership";
import { problem } from "../../../protocol/problem";
import type { ActionResult } from "../cluster";
import { RecordBook, type Undertaking, type WorkResult } from "./record_book";
import type { Intent, StoredPlan } from "./records";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rollcall-book-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

let clock = 1_000_000;
const open = (growthBytesMax?: number) =>
  RecordBook.open(directory, { cluster: "prod", wallClock: () => (clock += 1), growthBytesMax });
const file = () => join(directory, "record.jsonl");

function view(index: number, members = ["1", "2", "3"], learners: string[] = []): MembershipView {
  return {
    epoch: "c1-b1",
    exact: false,
    sequence: index,
    snapshot: { members, learners, committedIndex: index },
  };
}
const promote: Intent = { kind: "promote", id: "4", name: "n4" };
function request(requestId: string, intent: Intent = promote, asked: unknown = intent): Undertaking {
  return { requestId, asked, intent, actor: "ann", term: 7, index: 56 };
}
const applied =
  (requestId: string, of = view(57, ["1", "2", "3", "4"])): (() => Promise<WorkResult>) =>
  () =>
    Promise.resolve({
      result: { ok: true, answer: { requestId, index: of.snapshot.committedIndex, membership: of } },
    });
const refusal: ActionResult = { ok: false, problem: problem("not-caught-up", "It is behind.") };
const unknown = (requestId: string): ActionResult => ({
  ok: false,
  problem: problem("outcome-unknown", "No answer.", { requestId }),
});
const never = (): Promise<WorkResult> => Promise.reject(new Error("a repeat was worked on again"));

describe("the record of an attached cluster", () => {
  it("gives a repeat the first outcome, also after a restart, and does nothing again", async () => {
    const book = open();
    const first = await book.carryOut(request("request-1"), applied("request-1"));
    expect(await book.carryOut(request("request-1"), never)).toEqual(first);
    book.close();
    const again = open();
    expect(await again.carryOut(request("request-1"), never)).toEqual(first);
    expect(again.outcome("request-1")).toEqual({ state: "applied", index: 57 });
    const other = await again.carryOut(request("request-1", { ...promote, id: "5" }), never);
    expect(other).toMatchObject({ ok: false, problem: { code: "request-id-reused" } });
  });

  it("joins repeats while the first is worked on", async () => {
    const book = open();
    let end: (result: WorkResult) => void = () => {};
    const first = book.carryOut(request("request-1"), () => new Promise((resolve) => (end = resolve)));
    const second = book.carryOut(request("request-1"), never);
    expect(book.outcome("request-1")).toEqual({ state: "pending" });
    end(await applied("request-1")());
    expect(await second).toEqual(await first);
  });

  it("lets a request that certainly did nothing be tried again, and keeps both attempts", async () => {
    const book = open();
    const refused = await book.carryOut(request("request-1"), () => Promise.resolve({ result: refusal }));
    expect(refused).toEqual(refusal);
    await book.carryOut(request("request-1"), applied("request-1"));
    expect(book.refusals).toBe(1);
    expect(book.history(0, 10).entries).toMatchObject([
      { index: 56, outcome: "refused", actor: "ann", reason: "It is behind.", requestId: "request-1" },
      { index: 57, outcome: "applied", kind: "promote", changes: [{ kind: "promote", id: "4", name: "n4" }] },
    ]);
  });

  it("knows a request that a crash broke off as one in doubt, and settles it by what is seen later", async () => {
    const book = open();
    book.published({ view: view(56), changes: [] });
    void book.carryOut(request("request-1"), () => new Promise(() => {}));
    book.close();
    const again = open();
    expect(again.lastView).toEqual(view(56));
    expect(again.openRequests).toMatchObject([{ state: "unknown", begun: { requestId: "request-1" } }]);
    const repeat = await again.carryOut(request("request-1"), never);
    expect(repeat).toMatchObject({ ok: false, problem: { code: "outcome-unknown" } });
    const after = view(58, ["1", "2", "3", "4"]);
    const seen = { kind: "promote", id: "4", name: "n4", peerUrls: [] } as const;
    again.published({ view: after, changes: [seen] });
    expect(again.outcome("request-1")).toEqual({ state: "applied", index: 58 });
    expect(again.history(0, 10).entries).toMatchObject([{ index: 58, outcome: "applied", actor: "ann" }]);
    expect(await again.carryOut(request("request-1"), never)).toEqual({
      ok: true,
      answer: { requestId: "request-1", index: 58, membership: after },
    });
  });

  it("knows after a crash to whom a request had gone, or that it had gone to nobody", async () => {
    const book = open(1);
    void book.carryOut(request("request-1"), () => new Promise(() => {}));
    void book.carryOut(request("request-2"), () => new Promise(() => {}));
    expect(book.sending("request-2", "7")).toBeUndefined();
    book.close();
    const again = open();
    expect(again.openRequest("request-1")?.sentTo).toBeUndefined();
    expect(again.openRequest("request-2")).toMatchObject({ state: "unknown", sentTo: "7" });
    again.close();
    expect(again.sending("request-2", "8")).toMatchObject({ code: "unrecorded" });
    expect(again.openRequest("request-2")?.sentTo).toBe("7");
  });

  it("closes the id of a request found to have had no effect", async () => {
    const book = open();
    await book.carryOut(request("request-1"), () => Promise.resolve({ result: unknown("request-1") }));
    expect(book.history(0, 10).entries).toMatchObject([{ outcome: "unknown" }]);
    expect(book.settle("request-1", { state: "not-applied" })).toEqual({ state: "not-applied" });
    expect(book.settle("request-1", { state: "applied", index: 60 })).toEqual({ state: "not-applied" });
    const repeat = await open().carryOut(request("request-1"), never);
    expect(repeat).toMatchObject({ ok: false, problem: { code: "request-id-reused" } });
  });

  it("closes an id that no request came with: one that was only late does nothing any more, also after a restart", async () => {
    const book = open(1);
    expect(book.settle("request-1", { state: "not-applied" })).toEqual({ state: "not-applied" });
    const late = { ok: false, problem: { code: "request-id-reused" } };
    expect(await book.carryOut(request("request-1"), never)).toMatchObject(late);
    book.close();
    const again = open();
    expect(again.outcome("request-1")).toEqual({ state: "not-applied" });
    expect(await again.carryOut(request("request-1"), never)).toMatchObject(late);
  });

  it("says of a change it did not make that it was made elsewhere, and of its own nothing twice", async () => {
    const book = open();
    const mine = { kind: "promote", id: "4", name: "n4", peerUrls: [] } as const;
    const theirs = { kind: "remove", id: "3", name: "n3", peerUrls: [] } as const;
    const after = view(57, ["1", "2", "4"]);
    await book.carryOut(request("request-1"), () => {
      book.published({ view: after, changes: [mine, theirs] });
      return applied("request-1", after)();
    });
    expect(book.history(0, 10).entries).toMatchObject([
      { kind: "remove", actor: "made elsewhere", changes: [{ id: "3" }], members: ["1", "2", "4"] },
      { kind: "promote", actor: "ann" },
    ]);
  });

  it("recognises a member whose id the cluster drew by the URLs that it was added with", () => {
    const book = open();
    const peerUrls = ["http://10.0.0.4:2380"];
    void book.carryOut(request("request-1", { kind: "add-learner", id: null, name: "n4", peerUrls }), never);
    const again = open();
    const seen = { kind: "add-learner", id: "99", name: "", peerUrls } as const;
    again.published({ view: view(58, ["1", "2", "3"], ["99"]), changes: [seen] });
    expect(again.outcome("request-1")).toEqual({ state: "applied", index: 58 });
    expect(again.history(0, 10).entries).toMatchObject([
      { outcome: "applied", changes: [{ kind: "add-learner", id: "99", name: "n4" }] },
    ]);
  });

  it("pages by index, and never lets an index fall", async () => {
    const book = open();
    for (const index of [3, 9, 4]) {
      const change = { kind: "remove", id: String(index), name: "", peerUrls: [] } as const;
      book.published({ view: { ...view(index), epoch: `e${index}` }, changes: [change] });
    }
    expect(book.history(0, 10).entries.map(({ index }) => index)).toEqual([3, 9, 9]);
    expect(book.history(3, 1)).toMatchObject({ entries: [{ index: 9 }], more: true });
  });
});

describe("the file of the record", () => {
  const plan: StoredPlan = {
    id: "plan-0001",
    kind: "promote",
    learner: "4",
    target: null,
    newcomer: null,
    actor: "ann",
    time: 1,
    state: "running",
    reason: "",
    learnerName: "",
    targetName: "n3",
    behindAtStart: null,
    targetDown: false,
    typedName: null,
    attempts: 0,
    pending: null,
  };

  it("drops a last line torn by a crash, and goes on behind it", () => {
    const book = open();
    book.published({ view: view(56), changes: [] });
    book.close();
    appendFileSync(file(), '{"type":"view","vi');
    const again = open();
    expect(again.trouble).toBeUndefined();
    expect(again.lastView).toEqual(view(56));
    expect(again.instance).toBe(book.instance);
    expect(again.savePlan(plan)).toBe(true);
    expect(open().plans).toEqual([plan]);
  });

  it.each([
    ["no JSON", "{nonsense"],
    ["no record", '{"type":"view","view":{"epoch":""}}'],
    ["no record", '{"type":"book","format":1,"instance":"0123456789abcdef","cluster":"x"}'],
  ])("is set aside when a line is %s, with a sentence and a new instance", (what, line) => {
    const book = open();
    book.savePlan(plan);
    book.close();
    appendFileSync(file(), `${line}\n`);
    const again = open();
    expect(again.trouble).toContain(`line 3 is ${what}`);
    expect(again.plans).toEqual([]);
    expect(again.instance).not.toBe(book.instance);
    const aside = readdirSync(directory).find((name) => name.startsWith("record.jsonl.damaged-"));
    expect(readFileSync(join(directory, aside ?? ""), "utf8")).toContain(line);
    expect(again.writable()).toBeUndefined();
  });

  it("is left alone where a newer version wrote it; then no change is made", async () => {
    const text = '{"type":"book","format":2,"instance":"x"}\n';
    writeFileSync(file(), text);
    const book = open();
    const answer = await book.carryOut(request("request-1"), never);
    expect(answer).toMatchObject({ ok: false, problem: { code: "unrecorded" } });
    expect(book.trouble).toContain("newer Rollcall");
    expect(readFileSync(file(), "utf8")).toBe(text);
  });

  it("that cannot be written stops changes, not the console", async () => {
    writeFileSync(join(directory, "taken"), "");
    const book = RecordBook.open(join(directory, "taken", "prod"), { cluster: "prod" });
    expect(book.trouble).toContain("cannot be written");
    expect(await book.carryOut(request("request-1"), never)).toMatchObject({
      problem: { code: "unrecorded" },
    });
    book.published({ view: view(56), changes: [] });
    expect(book.lastView).toEqual(view(56));
    expect(book.savePlan(plan)).toBe(false);
    expect(book.plans).toEqual([]);
  });

  it("never stops the console, whatever became of its bytes", async () => {
    const book = open();
    await book.carryOut(request("request-1"), applied("request-1"));
    book.savePlan(plan);
    book.close();
    const whole = readFileSync(file());
    fc.assert(
      fc.property(
        fc.nat(whole.length),
        fc.nat(whole.length - 1),
        fc.integer({ min: 0, max: 255 }),
        (cut, at, byte) => {
          const bytes = Buffer.from(whole);
          bytes[at] = byte;
          writeFileSync(file(), bytes.subarray(0, cut));
          const found = open();
          found.close();
          const untouched = cut === whole.length && bytes.equals(whole);
          if (untouched) expect(found.trouble).toBe("The record is closed.");
          return found.plans.length <= 1 && found.history(0, 10).entries.length <= 1;
        },
      ),
      { numRuns: 60, seed: 7 },
    );
  });

  it("is written anew when it has grown, and says the same", async () => {
    const book = open(2000);
    await book.carryOut(request("request-1"), applied("request-1"));
    await book.carryOut(request("request-2"), () => Promise.resolve({ result: unknown("request-2") }));
    book.savePlan(plan);
    for (let index = 60; index < 100; index += 1) {
      book.published({ view: view(index), changes: [] });
    }
    expect(readFileSync(file(), "utf8").split("\n").length).toBeLessThan(30);
    expect(existsSync(`${file()}.new`)).toBe(false);
    book.close();
    const again = open();
    expect(again.instance).toBe(book.instance);
    expect(again.history(0, 10)).toEqual(book.history(0, 10));
    expect(again.lastView).toEqual(view(99));
    expect(again.plans).toEqual([plan]);
    expect(again.outcome("request-1")).toEqual({ state: "applied", index: 57 });
    expect(again.openRequests).toMatchObject([{ state: "unknown", begun: { requestId: "request-2" } }]);
  });
});
