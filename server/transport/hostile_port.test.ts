import { connect, type Socket } from "node:net";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { encodeMessage } from "../raft/codec";
import { HANDSHAKE_MS_MAX } from "./context";
import { FrameKind, MESSAGE_BYTES_MAX } from "./frame";
import { HandPeer } from "./testing/hand_peer";
import { ManualClock } from "./testing/manual_clock";
import { connectAll, eventually, RecordingNode, testMessage } from "./testing/recording_node";

/** A good pair of nodes; whatever happens at the port of the first, their traffic goes on. */
let clock: ManualClock;
let one: RecordingNode;
let two: RecordingNode;
let sent = 0;
const sockets: Socket[] = [];

beforeEach(async () => {
  clock = new ManualClock();
  one = await RecordingNode.start(1, { clock });
  two = await RecordingNode.start(2);
  await connectAll(one, two);
  sent = 0;
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all([one.transport.close(), two.transport.close()]);
});

/** One message each way, on the connections that were open from the beginning. */
async function trafficGoesOn(): Promise<void> {
  sent++;
  one.transport.send([testMessage(1, 2)]);
  two.transport.send([testMessage(2, 1)]);
  await eventually(() => {
    expect(one.messages).toHaveLength(sent);
    expect(two.messages).toHaveLength(sent);
  });
  expect([one.transport.counters().reconnects, two.transport.counters().reconnects]).toEqual([0, 0]);
  expect([one.peers.length, two.peers.length]).toEqual([2, 2]);
}

async function stranger(): Promise<HandPeer> {
  const hand = await HandPeer.dial(one.port);
  sockets.push(hand.socket);
  return hand;
}

function closedCount(): number {
  return Object.values(one.transport.counters().closed).reduce((sum, count) => sum + count, 0);
}

const header = (length: number, kind: number) => {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt32BE(length, 0);
  bytes.writeUInt8(kind, 4);
  return bytes;
};

describe("a port open to anyone", () => {
  test("survives random bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 5, maxLength: 400 }), async (bytes) => {
        const before = closedCount();
        const hand = await stranger();
        hand.socket.end(Buffer.from(bytes));
        await eventually(() => expect(closedCount()).toBe(before + 1));
      }),
      { numRuns: 60 },
    );
    await trafficGoesOn();
  });

  test("survives well-framed nonsense of every kind, and answers none of it", async () => {
    for (const kind of Object.values(FrameKind)) {
      if (kind === FrameKind.join) continue;
      const hand = await stranger();
      hand.send(kind, Buffer.alloc(kind === FrameKind.ping || kind === FrameKind.pong ? 0 : 13));
      await eventually(() => expect(hand.isClosed).toBe(true));
      expect(hand.frames).toEqual([]);
    }
    await trafficGoesOn();
  });

  test("closes at a first frame that announces too much, without waiting for it", async () => {
    for (const [length, kind] of [
      [0xffff_ffff, FrameKind.hello],
      [65, FrameKind.hello],
      [4_097, FrameKind.join],
      [100, FrameKind.message],
    ] as const) {
      const hand = await stranger();
      hand.socket.write(header(length, kind));
      await eventually(() => expect(hand.isClosed).toBe(true));
    }
    expect(one.transport.counters().closed.oversize).toBe(3);
    await trafficGoesOn();
  });

  test("gives a silent or slow stranger three seconds", async () => {
    const silent = await stranger();
    const slow = await stranger();
    await eventually(() => expect(one.transport.counters().strangers).toBe(2));
    for (const byte of header(38, FrameKind.hello)) {
      const before = one.transport.counters().bytesReceived;
      slow.socket.write(Buffer.from([byte]));
      await eventually(() => expect(one.transport.counters().bytesReceived).toBeGreaterThan(before));
    }
    clock.advance(HANDSHAKE_MS_MAX - 1);
    expect(one.transport.counters().strangers).toBe(2);
    clock.advance(1);
    await eventually(() => expect([silent.isClosed, slow.isClosed]).toEqual([true, true]));
    expect(one.transport.counters().closed["handshake-timeout"]).toBe(2);
    await trafficGoesOn();
  });

  test("holds 64 strangers; one more costs the oldest its place, and a real peer still gets in", async () => {
    const crowd: HandPeer[] = [];
    for (let i = 0; i < 70; i++) {
      crowd.push(await stranger());
      await eventually(() => expect(one.transport.counters().strangers).toBe(Math.min(i + 1, 64)));
    }
    await eventually(() => expect(crowd.filter((hand) => hand.isClosed)).toHaveLength(6));
    const three = await HandPeer.dialAs(3, 1, one.port);
    sockets.push(three.socket);
    await eventually(() => expect(one.peers.map((peer) => peer.nodeId)).toContain(3));
    expect(one.transport.counters().strangers).toBeLessThanOrEqual(64);
  });

  test("is not moved by strangers that come and go", async () => {
    for (let i = 0; i < 50; i++) {
      const socket = connect({ host: "127.0.0.1", port: one.port });
      socket.on("error", () => undefined);
      await new Promise<void>((resolve) => socket.once("connect", resolve));
      if (i % 2 === 0) socket.resetAndDestroy();
      else socket.end();
    }
    await eventually(() => expect(one.transport.counters().strangers).toBe(0));
    await trafficGoesOn();
  });
});

describe("a proven peer that breaks the rules", () => {
  async function three(): Promise<HandPeer> {
    const hand = await HandPeer.dialAs(3, 1, one.port);
    sockets.push(hand.socket);
    return hand;
  }

  const vote = Buffer.from(encodeMessage(testMessage(4, 1, { type: "vote-resp" })));

  test.each<[string, FrameKind, Buffer]>([
    ["bytes that are no message", FrameKind.message, Buffer.from("not a message")],
    ["a vote in another's name", FrameKind.message, vote],
    ["an answer to nothing", FrameKind.reply, Buffer.alloc(5)],
    ["a second hello", FrameKind.hello, Buffer.alloc(38)],
    ["a join", FrameKind.join, Buffer.from("token")],
    ["a request without an id", FrameKind.request, Buffer.alloc(3)],
    ["a snapshot without a message", FrameKind.snapshotBegin, Buffer.alloc(13)],
    ["a verdict that it did not seal", FrameKind.verdict, Buffer.alloc(100)],
  ])("loses its connection for %s, nobody else theirs", async (_what, kind, payload) => {
    const hand = await three();
    hand.send(kind, payload);
    await eventually(() => expect(hand.isClosed).toBe(true));
    expect(one.messages).toEqual([]);
    expect(one.verdicts).toEqual([]);
    sent++;
    one.transport.send([testMessage(1, 2)]);
    await eventually(() => expect(two.messages).toHaveLength(1));
  });

  test("loses its connection for an oversize frame before it is read", async () => {
    const hand = await three();
    hand.socket.write(header(MESSAGE_BYTES_MAX + 1, FrameKind.message));
    await eventually(() => expect(hand.isClosed).toBe(true));
    expect(one.transport.counters().closed.oversize).toBe(1);
  });

  test("survives random frames of random kinds", async () => {
    const kinds = fc.constantFrom(...Object.values(FrameKind));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(kinds, fc.uint8Array({ maxLength: 100 })), { minLength: 1, maxLength: 6 }),
        async (frames) => {
          const before = closedCount();
          const hand = await three();
          for (const [kind, payload] of frames) hand.send(kind, payload);
          hand.socket.end();
          await eventually(() => expect(closedCount()).toBe(before + 1));
        },
      ),
      { numRuns: 40 },
    );
    one.transport.send([testMessage(1, 2)]);
    await eventually(() => expect(two.messages).toHaveLength(1));
  });

  test("takes its own older connection's place, and no more than that", async () => {
    const first = await three();
    const second = await three();
    await eventually(() => expect(first.isClosed).toBe(true));
    expect(second.isClosed).toBe(false);
    expect(one.transport.counters().closed.replaced).toBe(1);
  });
});
