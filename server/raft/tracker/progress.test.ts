import { describe, expect, test } from "vitest";
import { InvariantError } from "../assert";
import { Inflights } from "./inflights";
import { Progress } from "./progress";

function progress(match: number, next: number, windowMax = 3): Progress {
  const created = new Progress(next, false, true, new Inflights(windowMax, 0));
  created.match = match;
  return created;
}

describe("probing", () => {
  test("stops after one message with entries, until it is answered", () => {
    const peer = progress(0, 5);
    peer.sentEntries(2, 10);
    expect(peer).toMatchObject({ paused: true, next: 5 });
    expect(peer.reject(4, 1)).toBe(true);
    expect(peer).toMatchObject({ paused: false, next: 2 });
  });

  test("goes on with an empty message, which promises nothing", () => {
    const peer = progress(0, 5);
    peer.sentEntries(0, 0);
    expect(peer.paused).toBe(false);
  });

  test("a rejection of another probe is stale", () => {
    const peer = progress(0, 5);
    expect(peer.reject(3, 1)).toBe(false);
    expect(peer.next).toBe(5);
  });

  test("never probes at or below what matches", () => {
    const peer = progress(3, 9);
    expect(peer.reject(8, 1)).toBe(true);
    expect(peer.next).toBe(4);
  });
});

describe("replicating", () => {
  test("sends ahead until the window is full", () => {
    const peer = progress(4, 5, 2);
    peer.becomeReplicate();
    peer.sentEntries(1, 1);
    expect(peer).toMatchObject({ paused: false, next: 6 });
    peer.sentEntries(3, 1);
    expect(peer).toMatchObject({ paused: true, next: 9 });
    expect(peer.acknowledge(5)).toBe(true);
    peer.inflights.freeTo(5);
    expect(peer).toMatchObject({ paused: false, next: 9, match: 5 });
  });

  test("old acknowledgements and rejections change nothing", () => {
    const peer = progress(7, 8);
    peer.becomeReplicate();
    expect(peer.acknowledge(7)).toBe(false);
    expect(peer.reject(7, 3)).toBe(false);
    expect(peer.reject(8, 3)).toBe(true);
    expect(peer.next).toBe(8);
  });
});

describe("a snapshot under way", () => {
  test("pauses everything; probing then starts after it, or where it was if it failed", () => {
    const peer = progress(2, 3);
    peer.becomeSnapshot(20);
    expect(peer).toMatchObject({ paused: true, next: 21, pendingSnapshot: 20 });
    expect(() => peer.sentEntries(1, 1)).toThrow(InvariantError);
    peer.becomeProbe();
    expect(peer).toMatchObject({ state: "probe", next: 21, pendingSnapshot: 0, paused: false });
    peer.becomeSnapshot(30);
    peer.pendingSnapshot = 0;
    peer.becomeProbe();
    expect(peer.next).toBe(3);
  });
});

describe("the commit index a peer was told", () => {
  test("is worth telling when it is news and the peer can follow it", () => {
    const peer = progress(9, 10);
    peer.becomeReplicate();
    expect(peer.canBumpCommit(5)).toBe(true);
    peer.sentCommit(5);
    expect(peer.canBumpCommit(5)).toBe(false);
    peer.sentCommit(9);
    expect(peer.canBumpCommit(12)).toBe(false);
  });
});
