import { describe, expect, test } from "vitest";
import { type OutFrame, REQUEST_BYTES_MAX } from "./frame";
import { ReplyStatus, RequestLedger, replyFrame } from "./request_ledger";
import { RequestSlots } from "./request_slots";
import { ManualClock } from "./testing/manual_clock";
import type { RequestFault } from "./types";

type Answer = Uint8Array | RequestFault;

function setup(outstandingMax = 8) {
  const clock = new ManualClock();
  const ledger = new RequestLedger(clock, outstandingMax);
  const answers: Answer[] = [];
  const ask = (timeoutMs = 1_000): OutFrame => {
    const opened = ledger.open(Buffer.from("q"), timeoutMs, (answer) => answers.push(answer));
    if (!("fate" in opened)) throw new Error(opened.detail);
    return opened;
  };
  return { clock, ledger, answers, ask };
}

const idOf = (frame: OutFrame) => Buffer.concat(frame.parts).readUInt32BE(0);
const reply = (id: number, status: ReplyStatus, text = "") =>
  Buffer.concat(replyFrame(id, status, Buffer.from(text)).parts);
const kindOf = (answer: Answer | undefined) => (answer instanceof Uint8Array ? "answer" : answer?.kind);

describe("RequestLedger", () => {
  test("gives each answer to its request, in whatever order they come", () => {
    const { ledger, answers, ask } = setup();
    const [first, second] = [ask(), ask()];
    expect(ledger.settle(reply(idOf(second), ReplyStatus.answer, "two"))).toBe(true);
    expect(ledger.settle(reply(idOf(first), ReplyStatus.answer, "one"))).toBe(true);
    expect(answers.map((answer) => answer instanceof Uint8Array && Buffer.from(answer).toString())).toEqual([
      "two",
      "one",
    ]);
  });

  test("a timeout before the frame was written is unsent, and the frame will not be written", () => {
    const { clock, answers, ask } = setup();
    const frame = ask(1_000);
    clock.advance(999);
    expect(answers).toEqual([]);
    clock.advance(1);
    expect(kindOf(answers[0])).toBe("unsent");
    expect(frame.fate).toBe("cancelled");
  });

  test("a timeout after it was written is unanswered, and a late answer is ignored", () => {
    const { clock, ledger, answers, ask } = setup();
    const frame = ask();
    frame.fate = "written";
    clock.advance(1_000);
    expect(answers.map(kindOf)).toEqual(["unanswered"]);
    expect(ledger.settle(reply(idOf(frame), ReplyStatus.answer, "late"))).toBe(true);
    expect(answers).toHaveLength(1);
  });

  test("a lost connection tells written requests from unwritten ones", () => {
    const { clock, ledger, answers, ask } = setup();
    ask().fate = "written";
    ask();
    ledger.failAll("lost");
    expect(answers.map(kindOf)).toEqual(["unanswered", "unsent"]);
    expect(clock.waiting).toBe(0);
  });

  test("a busy peer did not take it; one that could not answer may have executed it", () => {
    const { ledger, answers, ask } = setup();
    const frames = [ask(), ask()];
    for (const frame of frames) frame.fate = "written";
    ledger.settle(reply(idOf(frames[0] ?? ask()), ReplyStatus.busy));
    ledger.settle(reply(idOf(frames[1] ?? ask()), ReplyStatus.failed));
    expect(answers.map(kindOf)).toEqual(["unsent", "unanswered"]);
  });

  test("bounds how many are under way and how large they are", () => {
    const { ledger, answers, ask } = setup(2);
    ask();
    const second = ask();
    expect(ledger.open(Buffer.from("q"), 1, () => undefined)).toMatchObject({ kind: "unsent" });
    ledger.settle(reply(idOf(second), ReplyStatus.answer));
    expect(answers).toHaveLength(1);
    ask();
    const large = new Uint8Array(REQUEST_BYTES_MAX + 1);
    expect(setup().ledger.open(large, 1, () => undefined)).toMatchObject({ kind: "unsent" });
  });

  test("an abandoned request is never told of", () => {
    const { clock, ledger, answers, ask } = setup();
    ask();
    ledger.abandon();
    clock.advance(10_000);
    ledger.failAll("lost");
    expect(answers).toEqual([]);
  });

  test("bytes that are no reply are told apart from a reply to nobody", () => {
    const { ledger } = setup();
    expect(ledger.settle(Buffer.alloc(4))).toBe(false);
    expect(ledger.settle(Buffer.from([0, 0, 0, 1, 9]))).toBe(false);
    expect(ledger.settle(Buffer.from([0, 0, 0, 1, ReplyStatus.busy, 1]))).toBe(false);
    expect(ledger.settle(reply(77, ReplyStatus.answer))).toBe(true);
  });
});

test("RequestSlots counts for each peer by itself", () => {
  const slots = new RequestSlots(2);
  expect([slots.take(1), slots.take(1), slots.take(1), slots.take(2)]).toEqual([true, true, false, true]);
  slots.release(1);
  expect([slots.take(1), slots.take(1)]).toEqual([true, false]);
});
