import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { MembershipFrame, ServerFrame, StatusFrame } from "../../../protocol/frames";
import { problemSchema } from "../../../protocol/problem";
import { ManualTimers } from "../../clusters/testing/manual_timers";
import { MemoryHost } from "../../clusters/testing/memory_host";
import type { Gateway } from "../gateway";
import { HIGH_WATER_BYTES, STREAM_CLIENTS_MAX } from "../limits";
import { ask, openGateway, sayRaw } from "../testing/ask";
import { Listener, listen, openStream } from "../testing/listen";
import { MemoryCluster } from "../testing/memory_cluster";

let cluster: MemoryCluster;
let gateway: Gateway;

beforeEach(async () => {
  cluster = new MemoryCluster();
  gateway = await openGateway({ clusters: [cluster] });
});
afterEach(() => gateway.close());

const at =
  (index: number) =>
  (frame: ServerFrame): frame is MembershipFrame =>
    frame.type === "membership" && frame.snapshot.committedIndex === index;
const isStatus = (frame: ServerFrame): frame is StatusFrame => frame.type === "status";

/** Waits until something holds that no promise tells of. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

describe("a stream", () => {
  it("opens with hello, membership and status, at once", async () => {
    const listener = await listen(gateway);
    await listener.frame(isStatus);
    expect(listener.frames).toMatchObject([
      { type: "hello", version: 1, cluster: "local", kind: "embedded", actor: "tester", machine: false },
      { type: "membership", cluster: "local", epoch: "e1", merged: 0, snapshot: { committedIndex: 1 } },
      { type: "status", cluster: "local", committedIndex: 1 },
    ]);
  });

  it("tells every client of every change", async () => {
    const listeners = await Promise.all([listen(gateway), listen(gateway)]);
    cluster.publish(["1", "2", "3"], ["4"]);
    for (const listener of listeners) {
      const frame = await listener.frame(at(2));
      expect(frame).toMatchObject({ merged: 0, sequence: 2, snapshot: { learners: ["4"] } });
    }
  });

  it("carries the machine where this console runs one", async () => {
    const host = new MemoryHost();
    const own = await openGateway({ clusters: [cluster], machine: host });
    const listener = await listen(own);
    const first = await listener.frame((frame) => frame.type === "machine");
    expect(first).toMatchObject({ processes: [{ name: "n1" }], load: { ratePerSecond: 0 } });
    host.setLoad(1000);
    await listener.frame((frame) => frame.type === "machine" && frame.load.ratePerSecond === 1000);
    await own.close();
  });

  it("sends status at most twice a second, the newest, and a heartbeat into silence", async () => {
    const timers = new ManualTimers();
    const own = await openGateway({ clusters: [cluster], timers });
    const listener = await listen(own);
    await listener.frame(isStatus);
    for (let term = 2; term <= 20; term += 1) {
      cluster.tell({ leadership: { ...cluster.status.leadership, term } });
      await new Promise((resolve) => setImmediate(resolve));
      timers.advance(50);
    }
    timers.advance(500);
    await listener.frame((frame) => frame.type === "status" && frame.leadership.term === 20);
    const statuses = listener.frames.filter(isStatus);
    expect(statuses.length).toBeLessThanOrEqual(5);
    timers.advance(2000);
    await listener.frame((frame) => frame.type === "heartbeat");
    await own.close();
  });

  it("takes no messages: the first one closes it with 1008, a large one with 1009", async () => {
    const talker = await listen(gateway);
    talker.socket.send("hello");
    expect(await talker.closed).toEqual([1008, "The stream takes no messages."]);
    const shouter = await listen(gateway);
    shouter.socket.send("x".repeat(100_000));
    expect((await shouter.closed)[0]).toBe(1009);
    const bystander = await listen(gateway);
    cluster.publish(["1", "2"], []);
    await bystander.frame(at(2));
  });

  it("survives bytes that are no frames", async () => {
    const socket = connect(gateway.port, gateway.host);
    socket.on("error", () => {});
    const key = "dGhlIHNhbXBsZSBub25jZQ==";
    socket.write(
      `GET /ws?cluster=local HTTP/1.1\r\nhost: 127.0.0.1:${gateway.port}\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-key: ${key}\r\nsec-websocket-version: 13\r\n\r\n`,
    );
    await new Promise((resolve) => socket.once("data", resolve));
    socket.resume();
    socket.write(Buffer.from([0xff, 0xff, 0x00, 0x13, 0x37]));
    await new Promise((resolve) => socket.once("close", resolve));
    await until(() => gateway.streams === 0);
    expect((await ask(gateway, { path: "/livez" })).status).toBe(200);
  });
});

describe("upgrades", () => {
  async function refusal(path?: string, headers?: Record<string, string>) {
    const opened = await openStream(gateway, path, headers);
    if (opened instanceof Listener) throw new Error("a stream was opened");
    const problem = problemSchema.parse(JSON.parse(opened.text));
    expect(problem.status).toBe(opened.status);
    return problem.code;
  }

  it("lead nowhere without a known cluster, or elsewhere than /ws", async () => {
    expect(await refusal("/ws")).toBe("not-found");
    expect(await refusal("/ws?cluster=other")).toBe("not-found");
    expect(await refusal("/ws?cluster=local&cluster=local")).toBe("not-found");
    expect(await refusal("/api/clusters")).toBe("not-found");
  });

  it("of foreign pages and rebound names are turned away", async () => {
    expect(await refusal(undefined, { origin: "http://evil.example" })).toBe("forbidden-origin");
    expect(await refusal(undefined, { origin: "null" })).toBe("forbidden-origin");
    expect(await refusal(undefined, { host: "evil.example" })).toBe("forbidden-origin");
    expect(gateway.streams).toBe(0);
  });

  it("of the page served here are taken", async () => {
    const name = `localhost:${gateway.port}`;
    const listener = await listen(gateway, undefined, { host: name, origin: `http://${name}` });
    await listener.frame(isStatus);
  });

  it("to other protocols are not offered, and /ws without an upgrade is no page", async () => {
    const host = `127.0.0.1:${gateway.port}`;
    const h2c = `GET /livez HTTP/1.1\r\nhost: ${host}\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n`;
    expect(await sayRaw(gateway, h2c)).toMatch(/^HTTP\/1.1 400 .*malformed-request/s);
    expect((await ask(gateway, { path: "/ws?cluster=local" })).problem().code).toBe("malformed-request");
  });

  it("past 256 streams are refused until one ends", async () => {
    const listeners = await Promise.all(Array.from({ length: STREAM_CLIENTS_MAX }, () => listen(gateway)));
    expect(await refusal()).toBe("too-many-requests");
    listeners[0]?.socket.terminate();
    await until(() => gateway.streams < STREAM_CLIENTS_MAX);
    await (await listen(gateway)).frame(isStatus);
    for (const listener of listeners) listener.socket.terminate();
    await until(() => gateway.streams === 1);
  });
});

describe("a slow reader on a real socket", () => {
  /** Opens a stream and never reads a byte after the handshake. */
  function stall(at: Gateway): Promise<Socket> {
    return new Promise((resolve) => {
      const socket = connect(at.port, at.host);
      socket.write(
        `GET /ws?cluster=local HTTP/1.1\r\nhost: 127.0.0.1:${at.port}\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n`,
      );
      socket.once("data", (chunk: Buffer) => {
        socket.pause();
        socket.unshift(chunk);
        resolve(socket);
      });
    });
  }

  it("costs a bounded amount, slows nobody, and gets the newest with the merged counted when it wakes", async () => {
    const learners = Array.from({ length: 4000 }, (_, n) => String(n + 1_000_000_000));
    // Time stands still: a reader that answers no ping is cut off after a minute, which a busy machine may need here.
    const own = await openGateway({ clusters: [cluster], timers: new ManualTimers() });
    const stalled = await stall(own);
    const reader = await listen(own);
    reader.strict = false;
    let told = 0;
    for (let n = 1; n <= 300; n += 1) {
      const view = cluster.publish(["1", "2", "3"], learners.slice(n % 100));
      await reader.frame(at(view.snapshot.committedIndex));
      reader.frames.length = 0;
      told += JSON.stringify(view).length;
    }
    const last = cluster.view;
    const status = JSON.stringify(cluster.status).length;
    const mostOfOne = HIGH_WATER_BYTES + JSON.stringify(last).length + status + 4096;
    // Far more than the kernel takes for both ends, so the bound is the gateway's doing.
    expect(told).toBeGreaterThan(12 * 1024 * 1024);
    expect(heldFor(own, stalled)).toBeLessThan(mostOfOne);
    const merged = await mergedUntil(stalled, last.sequence);
    expect(merged.reduce((sum, count) => sum + count + 1, 0)).toBe(last.sequence);
    expect(Math.max(...merged)).toBeGreaterThan(100);
    stalled.destroy();
    await own.close();
  });
});

/** The merged counts a stalled socket reads, once it does, up to the frame with `sequence`. */
function mergedUntil(stalled: Socket, sequence: number): Promise<number[]> {
  return new Promise((resolve) => {
    const counts: number[] = [];
    let rest = "";
    stalled.on("data", (chunk: Buffer) => {
      rest += chunk.toString("latin1");
      const found = [...rest.matchAll(/"merged":(\d+)}/g)];
      counts.push(...found.map(([, count]) => Number(count)));
      const end = found.at(-1);
      if (end !== undefined) rest = rest.slice(end.index + end[0].length);
      if (counts.reduce((sum, count) => sum + count + 1, 0) >= sequence) resolve(counts);
    });
    stalled.resume();
  });
}

/** Bytes this process holds for one peer of a gateway. */
function heldFor(of: Gateway, peer: Socket): number {
  const active = (process as unknown as { _getActiveHandles(): unknown[] })._getActiveHandles();
  for (const handle of active) {
    const socket = handle as Partial<Socket>;
    const isPeers = socket.localPort === of.port && socket.remotePort === peer.localPort;
    if (isPeers && socket.writableLength !== undefined) return socket.writableLength;
  }
  throw new Error("the gateway has no socket for that peer");
}
