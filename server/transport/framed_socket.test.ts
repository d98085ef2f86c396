import { connect, createServer, type Server, Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Closure } from "./closure";
import { DEFAULT_LIMITS } from "./context";
import { Tally } from "./counters";
import { FrameKind, outFrame } from "./frame";
import { FramedSocket, type SocketOwner } from "./framed_socket";
import { HandPeer } from "./testing/hand_peer";
import { ManualClock } from "./testing/manual_clock";
import { eventually } from "./testing/recording_node";

let server: Server;
let hand: HandPeer | undefined;
let framed: FramedSocket;
let closures: Closure[];
const clock = new ManualClock();
const tally = new Tally();
const message = (bytes: number) => outFrame(FrameKind.message, new Uint8Array(bytes));

beforeEach(async () => {
  hand = undefined;
  closures = [];
  server = createServer((socket) => {
    hand = new HandPeer(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bound = server.address();
  const port = bound !== null && typeof bound === "object" ? bound.port : 0;
  const owner: SocketOwner = {
    allows: () => true,
    onFrame: () => undefined,
    onHeard: () => undefined,
    onClosed: (closure) => closures.push(closure),
  };
  framed = new FramedSocket(connect({ host: "127.0.0.1", port }), owner, DEFAULT_LIMITS, tally, clock);
  await eventually(() => expect(hand).toBeDefined());
});

afterEach(async () => {
  vi.restoreAllMocks();
  framed.close({ code: "shutdown", detail: "end of the test" });
  hand?.socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

describe("FramedSocket", () => {
  test("writes all frames of one turn at once, at the end of the turn", async () => {
    const write = vi.spyOn(Socket.prototype, "write");
    for (let i = 0; i < 100; i++) framed.send(message(200));
    expect(write).not.toHaveBeenCalled();
    await eventually(() => expect(hand?.frames).toHaveLength(100));
    expect(write).toHaveBeenCalledTimes(1);
  });

  test("hands large payloads over as they are, between gathered small ones, in order", async () => {
    const sizes = [10, 100_000, 20, 30, 16_384, 0, 5];
    for (const size of sizes) framed.send(message(size));
    await eventually(() => expect(hand?.frames.map((frame) => frame.payload.length)).toEqual(sizes));
  });

  test("finishes only after what waits was written", async () => {
    hand?.socket.pause();
    let sent = 0;
    while (framed.send(message(1_000_000))) sent++;
    framed.finish({ code: "retired", detail: "no longer a peer" }, 1_000);
    expect(framed.send(message(1))).toBe(false);
    expect(closures).toEqual([]);
    hand?.socket.resume();
    await eventually(() => expect(hand?.frames).toHaveLength(sent));
    await eventually(() => expect(closures.map((closure) => closure.code)).toEqual(["retired"]));
  });

  test("does not wait longer than the grace for a peer that reads nothing", () => {
    hand?.socket.pause();
    while (framed.send(message(1_000_000)));
    framed.finish({ code: "retired", detail: "no longer a peer" }, 1_000);
    clock.advance(999);
    expect(closures).toEqual([]);
    clock.advance(1);
    expect(closures.map((closure) => closure.code)).toEqual(["retired"]);
  });

  test("tells of its end once, with the first reason", async () => {
    framed.close({ code: "silent", detail: "one" });
    framed.close({ code: "shutdown", detail: "two" });
    await framed.closed;
    expect(closures).toEqual([{ code: "silent", detail: "one" }]);
  });

  test("tells when the other side ends", async () => {
    hand?.socket.end();
    await eventually(() => expect(closures.map((closure) => closure.code)).toEqual(["ended"]));
  });
});
