import { describe, expect, it } from "vitest";
import { membershipFrameSchema } from "../../../protocol/frames";
import type { MembershipView } from "../../../protocol/membership";
import { ManualTimers } from "../../clusters/testing/manual_timers";
import { HARD_CAP_BYTES, HIGH_WATER_BYTES } from "../limits";
import { Frame, MembershipFrames } from "./frames";
import { StreamClient, type StreamSocket, TICK_MS } from "./stream_client";

/** A socket whose other side reads only when the test says so. */
class TestSocket implements StreamSocket {
  readonly sent: Buffer[] = [];
  readonly calls: string[] = [];
  bufferedAmount = 0;
  private readonly callbacks: (() => void)[] = [];

  send(bytes: Buffer, sent: () => void): void {
    this.sent.push(bytes);
    this.bufferedAmount += bytes.length;
    this.callbacks.push(sent);
  }

  /** Everything buffered leaves. */
  read(): void {
    this.bufferedAmount = 0;
    for (const sent of this.callbacks.splice(0)) sent();
  }

  ping(): void {
    this.calls.push("ping");
  }

  close(code: number): void {
    this.calls.push(`close ${code}`);
  }

  terminate(): void {
    this.calls.push("terminate");
  }

  frames(): { type: string; [field: string]: unknown }[] {
    return this.sent.map((bytes) => JSON.parse(bytes.toString("utf8")));
  }
}

function setup() {
  const timers = new ManualTimers();
  const socket = new TestSocket();
  const client = new StreamClient(socket, timers);
  timers.every(TICK_MS, () => client.tick());
  return { timers, socket, client };
}

function view(sequence: number, epoch = "e1"): MembershipFrames {
  const snapshot = { members: ["1"], learners: [], committedIndex: sequence * 2 };
  const value: MembershipView = { epoch, exact: true, sequence, snapshot };
  return new MembershipFrames("local", value);
}

const big = (size: number) => new Frame({ type: "status", padding: "x".repeat(size) });

describe("a client that reads", () => {
  it("gets every membership, none merged", () => {
    const { socket, client } = setup();
    for (const sequence of [1, 2, 3]) {
      client.offerMembership(view(sequence));
      socket.read();
    }
    const frames = socket.frames().map((frame) => membershipFrameSchema.parse(frame));
    expect(frames.map(({ sequence, merged }) => [sequence, merged])).toEqual([
      [1, 0],
      [2, 0],
      [3, 0],
    ]);
  });

  it("is told what was merged before the hub saw it, within one epoch", () => {
    const { socket, client } = setup();
    for (const frames of [view(4), view(9), view(2, "e2")]) client.offerMembership(frames);
    expect(socket.frames().map(({ merged }) => merged)).toEqual([0, 4, 0]);
  });

  it("hears a heartbeat at the latest after 2 s of silence", () => {
    const { timers, socket, client } = setup();
    client.offerMembership(view(1));
    socket.read();
    for (const _ of Array(10)) {
      timers.advance(1000);
      socket.read();
    }
    const beats = socket.frames().filter((frame) => frame.type === "heartbeat");
    expect(beats.length).toBeGreaterThanOrEqual(5);
  });

  it("hears none while there is something else to hear", () => {
    const { timers, socket, client } = setup();
    for (const _ of Array(10)) {
      client.offerStatus(new Frame({ type: "status" }));
      socket.read();
      timers.advance(1000);
    }
    expect(socket.frames().map(({ type }) => type)).not.toContain("heartbeat");
  });
});

describe("a client that does not read", () => {
  it("costs the high-water mark and one frame, and then gets the newest of each with the merged counted", () => {
    const { socket, client } = setup();
    client.offerMembership(view(1));
    client.offerStatus(big(HIGH_WATER_BYTES));
    const frame = socket.bufferedAmount;
    for (let sequence = 2; sequence <= 500; sequence += 1) {
      client.offerMembership(view(sequence));
      client.offerStatus(big(sequence));
      client.offerMachine(new Frame({ type: "machine", sequence }));
    }
    expect(socket.bufferedAmount).toBe(frame);
    expect(socket.bufferedAmount).toBeLessThan(2 * HIGH_WATER_BYTES);
    socket.read();
    expect(socket.frames().slice(2)).toMatchObject([
      { type: "membership", sequence: 500, merged: 498 },
      { type: "status", padding: "x".repeat(500) },
      { type: "machine", sequence: 500 },
    ]);
  });

  it("gets no heartbeats on top", () => {
    const { timers, socket, client } = setup();
    client.offerStatus(big(HIGH_WATER_BYTES));
    timers.advance(25_000);
    expect(socket.sent).toHaveLength(1);
  });

  it("is sent away with 1013 after 30 s past the hard cap, and cut off if it does not go", () => {
    const { timers, socket, client } = setup();
    client.offerStatus(big(HARD_CAP_BYTES));
    timers.advance(29_000);
    expect(socket.calls).toEqual([]);
    timers.advance(2000);
    expect(socket.calls).toContain("close 1013");
    client.offerMembership(view(7));
    expect(socket.sent).toHaveLength(1);
    timers.advance(2000);
    expect(socket.calls.at(-1)).toBe("terminate");
  });

  it("may stay if it catches up in time", () => {
    const { timers, socket, client } = setup();
    for (const _ of Array(5)) {
      client.offerStatus(big(HARD_CAP_BYTES));
      timers.advance(20_000);
      socket.read();
      client.heard();
      timers.advance(TICK_MS);
    }
    expect(socket.calls.filter((call) => call !== "ping")).toEqual([]);
  });
});

describe("a peer that is gone without a word", () => {
  it("is pinged every 30 s and cut off when a ping found no answer", () => {
    const { timers, socket, client } = setup();
    timers.advance(30_000);
    expect(socket.calls).toEqual(["ping"]);
    client.heard();
    timers.advance(30_000);
    expect(socket.calls).toEqual(["ping", "ping"]);
    timers.advance(30_000);
    expect(socket.calls).toEqual(["ping", "ping", "terminate"]);
  });

  it("leaves nothing running", () => {
    const { timers, client } = setup();
    const before = timers.pending;
    client.end({ code: 1001, sentence: "Going away." });
    client.closed();
    expect(timers.pending).toBe(before);
  });
});

describe("frames", () => {
  it("are encoded once, whoever gets them", () => {
    const frames = view(3);
    expect(frames.bytes(0)).toBe(frames.bytes(0));
    expect(frames.bytes(2)).not.toBe(frames.bytes(0));
    const status = new Frame({ type: "status" });
    expect(status.bytes).toBe(status.bytes);
  });
});
