import { describe, expect, it } from "vitest";
import { checkRegister, type Operation } from "./linearizability";

const write = (value: number, called: number, returned: number): Operation => ({
  kind: "write",
  value,
  called,
  returned,
});
const read = (value: number, called: number, returned: number): Operation => ({
  kind: "read",
  value,
  called,
  returned,
});
const NEVER = Number.POSITIVE_INFINITY;

describe("a history that some order explains", () => {
  it.each<[string, Operation[]]>([
    ["nothing at all", []],
    ["a read before any write", [read(0, 0, 1), write(1, 2, 3)]],
    ["a read during a write, of either value", [write(1, 0, 5), read(0, 1, 2), read(1, 3, 4)]],
    ["two writes at once, read as one after the other", [write(1, 0, 9), write(2, 0, 9), read(2, 10, 11)]],
    ["a write without an answer that took effect", [write(1, 0, NEVER), read(0, 1, 2), read(1, 8, 9)]],
    ["a write without an answer that never did", [write(1, 0, NEVER), read(0, 8, 9)]],
  ])("%s", (_name, operations) => {
    expect(checkRegister(operations)).toBe("linearizable");
  });
});

describe("a history that no order explains", () => {
  it.each<[string, Operation[]]>([
    ["a stale read", [write(1, 0, 1), read(0, 2, 3)]],
    ["a value nobody wrote", [write(1, 0, 1), read(7, 2, 3)]],
    ["a write that is lost again", [write(1, 0, 1), read(1, 2, 3), read(0, 4, 5)]],
    [
      "reads that disagree about the order of two writes",
      [write(1, 0, 9), write(2, 0, 9), read(1, 10, 11), read(2, 12, 13)],
    ],
    ["a write seen before it was called", [read(1, 0, 1), write(1, 2, 3)]],
    ["an unanswered write that comes and goes", [write(1, 0, NEVER), read(1, 1, 2), read(0, 3, 4)]],
  ])("%s", (_name, operations) => {
    expect(checkRegister(operations)).toBe("not-linearizable");
  });
});
