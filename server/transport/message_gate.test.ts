import { describe, expect, test } from "vitest";
import { encodeMessage } from "../raft/codec";
import type { Message, MessageType } from "../raft/types";
import { gateFault, readMessage, travels } from "./message_gate";
import { testMessage, testSnapshot } from "./testing/recording_node";

const LOCAL: readonly MessageType[] = [
  "hup",
  "beat",
  "unreachable",
  "snap-status",
  "check-quorum",
  "storage-append",
  "storage-append-resp",
  "storage-apply",
  "storage-apply-resp",
  "forget-leader",
];

const read = (message: Message) => readMessage(Buffer.from(encodeMessage(message)), 2, 1);

describe("readMessage", () => {
  test("takes what the peer says in its own name", () => {
    const message = testMessage(1, 2, { type: "app", context: new Uint8Array([1]) });
    expect(read(message)).toEqual(message);
  });

  test.each(LOCAL)("refuses %s, which concerns a node and itself", (type) => {
    expect(read(testMessage(1, 2, { type }))).toMatchObject({ code: "malformed" });
    expect(travels(testMessage(1, 2, { type }))).toBe(false);
  });

  test.each([
    ["a term that leaves no room for the next", { type: "vote", term: 2 ** 53 - 1 }],
    ["an index that leaves no room for the next", { type: "heartbeat", commit: 2 ** 53 - 1 }],
    ["a message of a leader without a term", { type: "heartbeat", term: 0 }],
    ["an append upon an entry of a later term", { type: "app", term: 3, logTerm: 4 }],
    ["a candidate's log that is ahead of its term", { type: "vote", term: 3, logTerm: 4 }],
  ] as const)("refuses %s", (_, more) => {
    expect(read(testMessage(1, 2, more))).toMatchObject({ code: "impossible" });
  });

  test("refuses a snapshot of a later term than its message, and one of nothing", () => {
    const fault = (index: number, term: number) =>
      gateFault({ ...testSnapshot(1, 2, new Uint8Array(3), index), term }, 2, 1);
    expect(fault(10, 0)).toMatchObject({ code: "impossible" });
    expect(fault(0, 1)).toMatchObject({ code: "impossible" });
    expect(fault(10, 1)).toBeUndefined();
  });

  test("refuses a message for another node", () => {
    expect(read(testMessage(1, 3))).toMatchObject({ code: "malformed" });
  });

  test("refuses a vote in another's name, and passes a transfer that a follower forwards", () => {
    expect(read(testMessage(3, 2, { type: "vote-resp" }))).toMatchObject({ code: "malformed" });
    expect(read(testMessage(3, 2, { type: "app-resp" }))).toMatchObject({ code: "malformed" });
    expect(read(testMessage(3, 2, { type: "transfer-leader" }))).toMatchObject({ from: 3 });
  });

  test("refuses a snapshot outside its own frames, responses, and bytes that are no message", () => {
    expect(read(testSnapshot(1, 2, new Uint8Array(3)))).toMatchObject({ code: "malformed" });
    expect(gateFault(testMessage(1, 2, { responses: [testMessage(1, 2)] }), 2, 1)).toMatchObject({
      code: "malformed",
    });
    expect(readMessage(Buffer.from([1, 2, 3]), 2, 1)).toMatchObject({ code: "malformed" });
  });
});
