import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { TICK_MS } from "./context";
import { FrameKind } from "./frame";
import { requestJoin } from "./join";
import { isSelfConnect } from "./peer_link";
import { TcpTransport } from "./tcp_transport";
import { HandPeer, handListener } from "./testing/hand_peer";
import { ManualClock } from "./testing/manual_clock";
import {
  connectAll,
  eventually,
  type NodeOptions,
  RecordingNode,
  testIdentity,
  testMessage,
  testSnapshot,
} from "./testing/recording_node";
import type { PeerVerdict } from "./types";

const open: { close(): Promise<void> | void }[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function node(id: number, options: NodeOptions = {}): Promise<RecordingNode> {
  const started = await RecordingNode.start(id, options);
  open.push(started.transport);
  return started;
}

async function pair(one: NodeOptions = {}, two: NodeOptions = {}): Promise<[RecordingNode, RecordingNode]> {
  const nodes: [RecordingNode, RecordingNode] = [await node(1, one), await node(2, two)];
  await connectAll(...nodes);
  return nodes;
}

/** A peer 2 led by hand, connected to a fresh node 1 in the direction in which node 1 sends. */
async function dialedByHand(
  clock: ManualClock,
): Promise<{ one: RecordingNode; hand: HandPeer; hands: readonly HandPeer[] }> {
  const accepted: HandPeer[] = [];
  const { server, address } = await handListener((peer) => {
    peer.answerAs(2);
    accepted.push(peer);
  });
  const one = await node(1, { clock });
  open.push({ close: () => accepted.forEach((peer) => void peer.socket.destroy()) });
  open.push({ close: () => void server.close() });
  one.transport.setPeers(new Map([[2, address]]));
  await eventually(() => expect(one.isConnectedTo(2)).toBe(true));
  const hand = accepted[0];
  if (hand === undefined) throw new Error("not dialed");
  return { one, hand, hands: accepted };
}

describe("peers", () => {
  test("learn each other's identity, and messages arrive whole and in order", async () => {
    const [one, two] = await pair();
    expect(two.peers[0]).toEqual(testIdentity(1, one.address));
    const sent = Array.from({ length: 5_000 }, (_, index) =>
      testMessage(1, 2, { index, context: new Uint8Array(index % 300) }),
    );
    one.transport.send(sent.slice(0, 4_000));
    one.transport.send(sent.slice(4_000));
    await eventually(() => expect(two.messages).toHaveLength(sent.length));
    expect(two.messages.map((message) => message.index)).toEqual(sent.map((message) => message.index));
    expect(two.messages[299]).toEqual(sent[299]);
  });

  test("with another secret never meet, and neither believes anything of the other", async () => {
    const one = await node(1, { secret: Buffer.alloc(32, 9) });
    const two = await node(2);
    one.transport.setPeers(new Map([[2, two.address]]));
    await eventually(() => expect(two.transport.counters().closed["bad-proof"]).toBeGreaterThan(0));
    expect([one.peers, two.peers, one.verdicts, two.verdicts]).toEqual([[], [], [], []]);
    expect(two.lines.join("\n")).toContain("no proof of this cluster's secret");
  });

  test("of another cluster are refused with a sentence", async () => {
    const one = await node(1, { clusterId: "elsewhere" });
    const two = await node(2);
    one.transport.setPeers(new Map([[2, two.address]]));
    await eventually(() => expect(one.verdicts.length).toBeGreaterThan(0));
    expect(one.verdicts[0]).toMatchObject({ from: 2, verdict: { kind: "refuse" } });
    expect(JSON.stringify(one.verdicts[0])).toContain("another cluster");
    expect(two.peers).toEqual([]);
  });

  test("that are not the one who was dialed are left alone", async () => {
    const one = await node(1);
    const three = await node(3);
    one.transport.setPeers(new Map([[2, three.address]]));
    await eventually(() => expect(JSON.stringify(one.verdicts)).toContain("another recipient"));
    expect([one.isConnectedTo(2), three.peers.length]).toEqual([false, 0]);
  });

  test("with another UUID than the registry's are refused by the judge", async () => {
    const judge = (peer: { uuid: string }): PeerVerdict =>
      peer.uuid === "uuid-1" ? { kind: "accept" } : { kind: "refuse", reason: "another UUID" };
    const one = await node(1, { uuid: "copied" });
    const two = await node(2, { judge });
    one.transport.setPeers(new Map([[2, two.address]]));
    await eventually(() =>
      expect(one.verdicts[0]?.verdict).toEqual({ kind: "refuse", reason: "another UUID" }),
    );
  });

  test("that were removed learn the index, at the hello and while connected", async () => {
    let verdict: PeerVerdict = { kind: "accept" };
    const [one, two] = await pair({}, { judge: () => verdict });
    verdict = { kind: "removed", index: 17 };
    two.transport.setPeers(new Map());
    await eventually(() => expect(one.verdicts[0]).toEqual({ from: 2, verdict }));
    await eventually(() => expect(one.isConnectedTo(2)).toBe(false));
    await eventually(() => expect(one.verdicts.length).toBeGreaterThan(1));
    expect(new Set(one.verdicts.map((heard) => JSON.stringify(heard.verdict)))).toEqual(
      new Set(['{"kind":"removed","index":17}']),
    );
  });
});

test("a refused connection that lingers does not take the place of the one after it", async () => {
  const clock = new ManualClock();
  let verdict: PeerVerdict = { kind: "accept" };
  const one = await node(1, { clock, judge: () => verdict });
  const accepted = () => one.transport.counters().peers.get(2)?.accepted;
  const first = await HandPeer.dialAs(2, 1, one.port);
  open.push({ close: () => void first.socket.destroy() });
  first.socket.pause();
  const peers = new Map([[2, "127.0.0.1:1"]]);
  one.transport.setPeers(peers);
  await eventually(() => expect(accepted()).toBe(true));
  verdict = { kind: "refuse", reason: "not now" };
  one.transport.setPeers(peers);
  const before = one.transport.counters().bytesSent;
  await eventually(() => expect(one.transport.counters().bytesSent).toBeGreaterThan(before));
  verdict = { kind: "accept" };
  const second = await HandPeer.dialAs(2, 1, one.port);
  open.push({ close: () => void second.socket.destroy() });
  await eventually(() => expect(one.peers).toHaveLength(2));
  clock.advance(500);
  await eventually(() => expect(one.transport.counters().closed["refused-peer"]).toBe(1));
  expect(accepted()).toBe(true);
});

describe("a lost peer", () => {
  test("is found again when it restarts on the same port", async () => {
    const [one, two] = await pair();
    await two.transport.close();
    await eventually(() => expect(one.isConnectedTo(2)).toBe(false));
    const again = await node(2, { port: two.port });
    await connectAll(one, again);
    one.transport.send([testMessage(1, 2)]);
    await eventually(() => expect(again.messages).toHaveLength(1));
    expect(one.transport.counters().reconnects).toBeGreaterThan(0);
  });

  test("is dialed with growing delays, and at once when it shows itself", async () => {
    const clock = new ManualClock();
    const [one, two] = await pair({ clock });
    await two.transport.close();
    const dials = () => one.transport.counters().dials;
    const failed = () => one.transport.counters().closed.failed ?? 0;
    // Every redial is awaited: it is refused, and only then the next delay begins.
    for (const delayMs of [50, 100, 200, 400, 800, 1_000, 1_000]) {
      const before = { dials: dials(), failed: failed() };
      await eventually(() => expect(one.isConnectedTo(2)).toBe(false));
      clock.advance(delayMs - 1);
      expect(dials()).toBe(before.dials);
      clock.advance(1);
      expect(dials()).toBe(before.dials + 1);
      await eventually(() => expect(failed()).toBe(before.failed + 1));
    }
    const again = await node(2, { port: two.port });
    again.transport.setPeers(new Map([[1, one.address]]));
    await eventually(() => expect(one.isConnectedTo(2)).toBe(true));
  });

  test("is dialed quickly again only after a connection that lasted a second", async () => {
    const clock = new ManualClock();
    const { one, hand, hands } = await dialedByHand(clock);
    const dials = () => one.transport.counters().dials;
    const lose = async (lost: HandPeer | undefined) => {
      lost?.socket.destroy();
      await eventually(() => expect(one.isConnectedTo(2)).toBe(false));
    };
    const redialedAfter = async (delayMs: number) => {
      const before = dials();
      clock.advance(delayMs - 1);
      expect(dials()).toBe(before);
      clock.advance(1);
      await eventually(() => expect(one.isConnectedTo(2)).toBe(true));
    };
    await lose(hand);
    await redialedAfter(50);
    await lose(hands.at(-1));
    await redialedAfter(100);
    clock.advance(1_000);
    await lose(hands.at(-1));
    await redialedAfter(50);
  });

  test("is followed to another address at once", async () => {
    const clock = new ManualClock();
    const [one, two] = await pair({ clock });
    await two.transport.close();
    await eventually(() => expect(one.isConnectedTo(2)).toBe(false));
    const moved = await node(2);
    one.transport.setPeers(new Map([[2, moved.address]]));
    await eventually(() => expect(one.isConnectedTo(2)).toBe(true));
  });

  test("costs one word of unreachability in 100 ms, however much is sent", async () => {
    const clock = new ManualClock();
    const one = await node(1, { clock });
    one.transport.setPeers(new Map([[2, "127.0.0.1:1"]]));
    for (let i = 0; i < 50; i++) one.transport.send([testMessage(1, 2)]);
    await eventually(() => expect(one.unreachable).toEqual([2]));
    clock.advance(100);
    one.transport.send([testMessage(1, 2), testMessage(1, 2)]);
    await eventually(() => expect(one.unreachable).toEqual([2, 2]));
    expect(one.transport.counters().dropped["not-connected"]).toBe(52);
  });

  test("that is silent for five ticks is reset; one that only pongs is not", async () => {
    const clock = new ManualClock();
    const { one, hand } = await dialedByHand(clock);
    const pings = () => hand.frames.filter((frame) => frame.kind === FrameKind.ping).length;
    for (let i = 1; i <= 8; i++) {
      clock.advance(TICK_MS);
      await eventually(() => expect(pings()).toBe(i));
      const before = one.transport.counters().framesReceived;
      hand.send(FrameKind.pong);
      await eventually(() => expect(one.transport.counters().framesReceived).toBe(before + 1));
    }
    expect(one.transport.lastHeardMs(2)).toBe(0);
    for (let i = 0; i < 5; i++) clock.advance(TICK_MS);
    expect(one.isConnectedTo(2)).toBe(true);
    expect(one.transport.lastHeardMs(2)).toBe(5 * TICK_MS);
    clock.advance(TICK_MS);
    expect(one.isConnectedTo(2)).toBe(false);
    expect(one.transport.counters().closed.silent).toBe(1);
  });

  test("that dialed and fell silent is reset as well, and a tick tells a busy one that it is heard", async () => {
    const clock = new ManualClock();
    const one = await node(1, { clock });
    const hand = await HandPeer.dialAs(2, 1, one.port);
    await eventually(() => expect(one.peers).toHaveLength(1));
    clock.advance(TICK_MS);
    await eventually(() => expect(hand.has(FrameKind.pong)).toBe(true));
    clock.advance(6 * TICK_MS);
    await eventually(() => expect(hand.isClosed).toBe(true));
    expect(one.transport.counters().closed.silent).toBe(1);
  });
});

describe("a frozen peer", () => {
  test("costs a bounded queue; what exceeds it is dropped, and it is called unreachable once in 100 ms", async () => {
    const clock = new ManualClock();
    const { one, hand } = await dialedByHand(clock);
    hand.socket.pause();
    const context = new Uint8Array(16 * 1_024);
    const pending = () => one.transport.counters().peers.get(2);
    for (let round = 0; round < 400; round++) {
      one.transport.send(Array.from({ length: 10 }, () => testMessage(1, 2, { context })));
      await new Promise((resolve) => setImmediate(resolve));
      expect(pending()?.pendingBytes).toBeLessThanOrEqual(8 * 1_024 * 1_024);
    }
    expect(pending()?.pendingBytes).toBeGreaterThan(7 * 1_024 * 1_024);
    expect(one.transport.counters().dropped["queue-full"]).toBeGreaterThan(1_000);
    expect(one.unreachable).toEqual([2]);
    for (let i = 0; i < 20_000; i++) one.transport.send([testMessage(1, 2)]);
    expect(pending()?.pendingFrames).toBeLessThanOrEqual(8_192);
    clock.advance(6 * TICK_MS);
    expect(pending()).toMatchObject({ dialed: false, pendingBytes: 0, pendingFrames: 0 });
  });

  test("gets only the newest report once it goes on", async () => {
    const { one, hand } = await dialedByHand(new ManualClock());
    hand.socket.pause();
    const filler = new Uint8Array(1_024 * 1_024);
    while ((one.transport.counters().peers.get(2)?.pendingBytes ?? 0) < 4 * 1_024 * 1_024) {
      one.transport.send([testMessage(1, 2, { context: filler })]);
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (let i = 1; i <= 100; i++) one.transport.sendReport(Buffer.from(`report ${i}`));
    expect(one.transport.counters().dropped.superseded).toBe(99);
    hand.socket.resume();
    await eventually(() => expect(hand.has(FrameKind.report)).toBe(true));
    const reports = hand.frames.filter((frame) => frame.kind === FrameKind.report);
    expect(reports.map((frame) => frame.payload.toString())).toEqual(["report 100"]);
  });
});

describe("reports", () => {
  test("reach every peer; one above a MiB is dropped", async () => {
    const nodes = [await node(1), await node(2), await node(3)];
    await connectAll(...nodes);
    nodes[0]?.transport.sendReport(new Uint8Array(1_024 * 1_024 + 1));
    nodes[0]?.transport.sendReport(Buffer.from("fine"));
    for (const other of nodes.slice(1))
      await eventually(() => expect(other.reports).toEqual([{ from: 1, text: "fine" }]));
    expect(nodes[0]?.transport.counters().dropped["too-large"]).toBe(2);
  });
});

describe("requests", () => {
  test("are answered, many at a time and out of order", async () => {
    const waiting: (() => void)[] = [];
    const onRequest: NodeOptions["onRequest"] = (from, body, reply) => {
      const text = `${from} asked ${Buffer.from(body).toString()}`;
      waiting.push(() => reply(Buffer.from(text)));
      if (waiting.length === 100) for (const answer of waiting.reverse()) answer();
    };
    const [one] = await pair({}, { onRequest });
    const asked = Array.from({ length: 100 }, (_, i) => one.request(2, `q${i}`, 10_000));
    const expected = Array.from({ length: 100 }, (_, i) => `1 asked q${i}`);
    expect(await Promise.all(asked)).toEqual(expected);
  });

  test("are unsent to nobody, to a peer that is not connected, and above 256 at a time", async () => {
    const [one] = await pair({}, { onRequest: () => undefined });
    expect(await one.request(9, "q", 1_000)).toMatchObject({ kind: "unsent" });
    for (let i = 0; i < 256; i++) void one.request(2, "q", 60_000);
    expect(await one.request(2, "q", 1_000)).toMatchObject({ kind: "unsent" });
    const alone = await node(5);
    alone.transport.setPeers(new Map([[6, "127.0.0.1:1"]]));
    expect(await alone.request(6, "q", 1_000)).toMatchObject({ kind: "unsent" });
  });

  test("are unanswered after their time, a late answer is ignored, and when the peer is lost", async () => {
    const clock = new ManualClock();
    const replies: ((body: Uint8Array) => void)[] = [];
    const [one, two] = await pair({ clock }, { onRequest: (_from, _body, reply) => replies.push(reply) });
    const late = one.request(2, "late", 300);
    await eventually(() => expect(replies).toHaveLength(1));
    clock.advance(300);
    expect(await late).toMatchObject({ kind: "unanswered" });
    replies[0]?.(Buffer.from("late"));
    const lost = one.request(2, "lost", 300);
    await eventually(() => expect(replies).toHaveLength(2));
    await two.transport.close();
    expect(await lost).toMatchObject({ kind: "unanswered" });
  });

  test("beyond what the answering side takes are unsent, although they travelled: it says that it did not take them", async () => {
    let handled = 0;
    const [one] = await pair({}, { limits: { requestsMax: 4 }, onRequest: () => handled++ });
    const asked = Array.from({ length: 5 }, () => one.request(2, "q", 60_000));
    expect(await asked[4]).toMatchObject({ kind: "unsent" });
    expect(handled).toBe(4);
  });

  test("that find the queue full are unsent, once", async () => {
    const clock = new ManualClock();
    const { one, hand } = await dialedByHand(clock);
    hand.socket.pause();
    const filler = new Uint8Array(1_024 * 1_024);
    while (one.transport.counters().dropped["queue-full"] === 0) {
      one.transport.send([testMessage(1, 2, { context: filler })]);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const answers: unknown[] = [];
    one.transport.request(2, filler, 100, (answer) => answers.push(answer));
    await eventually(() => expect(answers).toMatchObject([{ kind: "unsent" }]));
    clock.advance(100);
    expect(answers).toHaveLength(1);
  });

  test("whose answer is too large are unanswered, not left to their time", async () => {
    const [one] = await pair({}, { onRequest: (_from, _body, reply) => reply(new Uint8Array(2 ** 21)) });
    expect(await one.request(2, "q", 60_000)).toMatchObject({ kind: "unanswered" });
  });

  test("are told of once when the transport closes, never from inside request()", async () => {
    const [one] = await pair({}, { onRequest: () => undefined });
    let told = 0;
    one.transport.request(2, Buffer.from("q"), 60_000, () => told++);
    one.transport.request(7, Buffer.from("q"), 60_000, () => told++);
    expect(told).toBe(0);
    await one.transport.close();
    await eventually(() => expect(told).toBe(2));
    expect(await one.request(2, "q", 1_000)).toMatchObject({ kind: "unsent" });
  });
});

describe("snapshots", () => {
  test("arrive whole, and heartbeats pass them on the way", async () => {
    const [one, two] = await pair(
      { onMessage: () => one.transport.send([testMessage(1, 2)]) },
      {
        onMessage: (_from, message) =>
          message.type === "heartbeat" && two.transport.send([testMessage(2, 1)]),
      },
    );
    const data = Buffer.alloc(48 * 1_024 * 1_024, "snapshot ");
    one.transport.send([testSnapshot(1, 2, data), testMessage(1, 2)]);
    await eventually(() => expect(one.snapshots).toEqual([{ id: 2, ok: true }]));
    const at = two.messages.findIndex((message) => message.type === "snap");
    expect(Buffer.compare(two.messages[at]?.snapshot?.data ?? Buffer.alloc(0), data)).toBe(0);
    expect(at).toBeGreaterThan(10);
  });

  test("need no other traffic to get on", async () => {
    const [one, two] = await pair({ clock: new ManualClock() }, { clock: new ManualClock() });
    one.transport.send([testSnapshot(1, 2, Buffer.alloc(4 * 1_024 * 1_024))]);
    await eventually(() => expect(one.snapshots).toEqual([{ id: 2, ok: true }]));
    expect(two.messages).toHaveLength(1);
  });

  test("fail when the connection is lost, and the next one starts over", async () => {
    const clock = new ManualClock();
    const { one, hand } = await dialedByHand(clock);
    one.transport.send([testSnapshot(1, 2, Buffer.alloc(4 * 1_024 * 1_024))]);
    await eventually(() => expect(hand.has(FrameKind.snapshotChunk)).toBe(true));
    expect(one.snapshots).toEqual([]);
    hand.socket.destroy();
    await eventually(() => expect(one.snapshots).toEqual([{ id: 2, ok: false }]));
    const two = await node(2);
    one.transport.setPeers(new Map([[2, two.address]]));
    await eventually(() => expect(one.isConnectedTo(2)).toBe(true));
    one.transport.send([testSnapshot(1, 2, Buffer.from("again"))]);
    await eventually(() => expect(one.snapshots).toHaveLength(2));
    expect(one.snapshots[1]).toEqual({ id: 2, ok: true });
    expect(two.messages).toHaveLength(1);
  });

  test("fail at once when there is no connection, and when they are too large for either side", async () => {
    const alone = await node(5);
    alone.transport.send([testSnapshot(5, 6, Buffer.from("x"))]);
    await eventually(() => expect(alone.snapshots).toEqual([{ id: 6, ok: false }]));
    const [one, two] = await pair({}, { limits: { snapshotBytesMax: 1_000 } });
    one.transport.send([testSnapshot(1, 2, Buffer.alloc(2_000))]);
    await eventually(() => expect(one.snapshots).toEqual([{ id: 2, ok: false }]));
    two.transport.send([testSnapshot(2, 1, Buffer.alloc(2_000))]);
    await eventually(() => expect(two.snapshots).toEqual([{ id: 1, ok: false }]));
    expect([one.messages, two.messages]).toEqual([[], []]);
    expect(one.isConnectedTo(2)).toBe(true);
  });

  test("that nobody acknowledges for 30 ticks are given up with their connection", async () => {
    const clock = new ManualClock();
    const { one, hand } = await dialedByHand(clock);
    one.transport.send([testSnapshot(1, 2, Buffer.from("x"))]);
    for (let i = 0; i < 31; i++) {
      const before = one.transport.counters().framesReceived;
      hand.send(FrameKind.pong);
      await eventually(() => expect(one.transport.counters().framesReceived).toBe(before + 1));
      clock.advance(TICK_MS);
    }
    await eventually(() => expect(one.snapshots).toEqual([{ id: 2, ok: false }]));
    expect(one.transport.counters().closed["stuck-snapshot"]).toBe(1);
  });
});

describe("a join", () => {
  test("carries a body there and an answer back, without a secret", async () => {
    const one = await node(1, { onJoin: (body, reply) => reply(Buffer.concat([Buffer.from("got "), body])) });
    const answer = await requestJoin(one.address, Buffer.from("token"), 10_000);
    expect(answer instanceof Uint8Array && Buffer.from(answer).toString()).toBe("got token");
    expect(one.peers).toEqual([]);
  });

  test("is busy beyond eight that wait", async () => {
    const one = await node(1, { onJoin: () => undefined });
    const waiting = Array.from({ length: 8 }, () => requestJoin(one.address, Buffer.from("t"), 60_000));
    await eventually(() => expect(one.transport.counters().framesReceived).toBe(8));
    expect(await requestJoin(one.address, Buffer.from("t"), 10_000)).toMatchObject({ kind: "busy" });
    await one.transport.close();
    for (const answer of await Promise.all(waiting)) expect(answer).toMatchObject({ kind: "unanswered" });
  });

  test("names what went wrong: a bad address, nobody there, too large, no answer in time", async () => {
    const one = await node(1, { onJoin: () => undefined });
    expect(await requestJoin("nowhere", Buffer.from("t"), 1_000)).toMatchObject({ kind: "bad-address" });
    expect(await requestJoin("127.0.0.1:1", Buffer.from("t"), 10_000)).toMatchObject({ kind: "unreachable" });
    expect(await requestJoin(one.address, new Uint8Array(5_000), 1_000)).toMatchObject({ kind: "too-large" });
    expect(await requestJoin(one.address, Buffer.from("t"), 100)).toMatchObject({ kind: "unanswered" });
  });
});

describe("listening", () => {
  test("answers with a fault when the port is taken, or the address is not of this machine", async () => {
    const one = await node(1);
    const taken = await TcpTransport.listen({ host: "127.0.0.1", port: one.port });
    expect(taken).toMatchObject({ kind: "address-in-use", address: one.address });
    const elsewhere = await TcpTransport.listen({ host: "192.0.2.1", port: 0 });
    expect(elsewhere).toMatchObject({ kind: "address-not-here" });
    expect(await TcpTransport.listen({ host: "127.0.0.1", port: 70_000 })).toMatchObject({
      kind: "cannot-listen",
    });
  });

  test("gives the port back once closed", async () => {
    const one = await node(1);
    await one.transport.close();
    await one.transport.close();
    expect((await node(1, { port: one.port })).address).toBe(one.address);
  });

  test("closes connections that come before start()", async () => {
    const transport = await TcpTransport.listen({ host: "127.0.0.1", port: 0 });
    if (!(transport instanceof TcpTransport)) throw new Error(transport.detail);
    open.push(transport);
    const hand = await HandPeer.dial(Number(transport.address.split(":")[1]));
    await eventually(() => expect(hand.isClosed).toBe(true));
    expect(transport.counters().closed["not-started"]).toBe(1);
    expect(() => transport.setIdentity({ ...testIdentity(1), nodeId: 0 }, Buffer.alloc(32))).toThrow(
      "nodeId",
    );
    expect(() => transport.setIdentity(testIdentity(1), Buffer.alloc(3))).toThrow("16 bytes");
  });
});

test("a socket that met itself is recognized", async () => {
  const one = await node(1);
  const port = one.port;
  await one.transport.close();
  const socket = connect({ host: "127.0.0.1", port, localPort: port, localAddress: "127.0.0.1" });
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  expect(isSelfConnect(socket)).toBe(true);
  socket.destroy();
});
