import { beforeEach, describe, expect, it } from "vitest";
import type { ServerFrame } from "../protocol/frames";
import { voters } from "../protocol/testing/status_fixture";
import {
  type Connection,
  type ConnectionListener,
  type ConnectionState,
  createConnection,
  RECONNECT_BASE_MS,
  RECONNECT_CAP_MS,
} from "./connection";
import { MEMBERS_AT_ONCE } from "./read_frame";
import { FakeSockets } from "./testing/fake_sockets";
import { hello, membership, status } from "./testing/frames_fixture";
import { VirtualClock } from "./testing/virtual_clock";

let clock: VirtualClock;
let sockets: FakeSockets;
let frames: { frame: ServerFrame; newEpoch: boolean }[];
let states: ConnectionState[];
let bad: number;
let incompatible: number;
let chance: number;
let listener: ConnectionListener;
let connection: Connection;

beforeEach(() => {
  clock = new VirtualClock();
  sockets = new FakeSockets();
  frames = [];
  states = [];
  bad = 0;
  incompatible = 0;
  chance = 0.5;
  listener = {
    frame: (frame: ServerFrame, { newEpoch }: { newEpoch: boolean }) => frames.push({ frame, newEpoch }),
    badFrame: () => {
      bad += 1;
    },
    incompatible: () => {
      incompatible += 1;
    },
    state: (state: ConnectionState) => states.push(state),
  };
  const ports = { ...clock.ports, random: () => chance, open: sockets.open };
  connection = createConnection(() => "ws://127.0.0.1:7400/ws?cluster=local", listener, ports);
});

const state = () => states.at(-1);
const indexes = () =>
  frames.flatMap(({ frame }) => (frame.type === "membership" ? [frame.snapshot.committedIndex] : []));

function openLive(): void {
  connection.start();
  sockets.last.handlers.opened();
  sockets.last.send(hello);
  sockets.last.send(membership(1, ["1", "2", "3"]));
}

describe("a connection", () => {
  it("opens one socket, however often it is started", () => {
    connection.start();
    connection.start();
    expect(sockets.all).toHaveLength(1);
    expect(state()).toEqual({ kind: "connecting" });
    sockets.last.handlers.opened();
    expect(state()).toEqual({ kind: "open" });
  });

  describe("where things can be done in tasks of their own", () => {
    let tasks: (() => void)[];

    /** Runs what waits, and what that makes wait; how many tasks it took. */
    function runTasks(): number {
      let count = 0;
      for (let run = tasks.shift(); run !== undefined; run = tasks.shift()) {
        run();
        count += 1;
      }
      return count;
    }

    beforeEach(() => {
      tasks = [];
      const later = (run: () => void) => void tasks.push(run);
      const ports = { ...clock.ports, random: () => chance, open: sockets.open, later };
      connection = createConnection(() => "ws://127.0.0.1:7400/ws?cluster=local", listener, ports);
    });

    it("passes frames on in order, and what came before a close before it", () => {
      openLive();
      sockets.last.handlers.closed(1001, "");
      expect(frames).toEqual([]);
      expect(state()).toEqual({ kind: "open" });
      runTasks();
      expect(frames.map(({ frame }) => frame.type)).toEqual(["hello", "membership"]);
      expect(state()?.kind).toBe("closed");
    });

    it("reads a large status in several, and nothing that came later overtakes it", () => {
      openLive();
      runTasks();
      const large = status(voters(3 * MEMBERS_AT_ONCE));
      sockets.last.send(large);
      sockets.last.send(status(voters(3)));
      sockets.last.send(membership(2, ["1"]));
      expect(frames).toHaveLength(2);
      expect(runTasks()).toBeGreaterThanOrEqual(6);
      expect(frames.map(({ frame }) => frame.type).slice(2)).toEqual(["status", "status", "membership"]);
      expect(frames[2]?.frame).toEqual(large);
    });

    it("drops a large status with one bad member whole, and goes on", () => {
      openLive();
      const [first, ...others] = voters(2 * MEMBERS_AT_ONCE);
      sockets.last.send({ ...status(others), members: [...others, { ...first, id: "0" }] });
      sockets.last.send({ type: "heartbeat" });
      runTasks();
      expect(frames.map(({ frame }) => frame.type)).toEqual(["hello", "membership", "heartbeat"]);
      expect(bad).toBe(1);
    });
  });

  it("passes on every frame that its schema accepts, and counts the others", () => {
    openLive();
    sockets.last.send({ type: "heartbeat" });
    sockets.last.send(status(voters(3)));
    for (const text of ["not json", "[]", "null", '{"type":"membership"}', '{"type":"something"}']) {
      sockets.last.send(text);
    }
    sockets.last.send({ ...membership(2, ["0"]) });
    expect(frames.map(({ frame }) => frame.type)).toEqual(["hello", "membership", "heartbeat", "status"]);
    expect(bad).toBe(6);
    expect(state()).toEqual({ kind: "open" });
  });

  it("takes membership in rising order only, across reconnects too", async () => {
    openLive();
    sockets.last.send(membership(5, ["1", "2"]));
    sockets.last.send(membership(5, ["1", "2"]));
    sockets.last.send(membership(4, ["1"]));
    sockets.last.handlers.closed(1006, "");
    await clock.advance(RECONNECT_CAP_MS);
    sockets.last.handlers.opened();
    sockets.last.send(membership(5, ["1", "2"]));
    sockets.last.send(membership(6, ["1", "2", "3"]));
    expect(indexes()).toEqual([1, 5, 6]);
  });

  it("takes a lower index of a new epoch, and says that it is one", () => {
    openLive();
    sockets.last.send(membership(9, ["1"]));
    sockets.last.send(membership(2, ["1", "2"], [], { epoch: "e2" }));
    sockets.last.send(membership(1, ["1"], [], { epoch: "e2" }));
    expect(indexes()).toEqual([1, 9, 2]);
    expect(frames.map(({ newEpoch }) => newEpoch)).toEqual([false, false, false, true]);
  });

  it("asks for a reload, and nothing more, where the server speaks another version", async () => {
    connection.start();
    sockets.last.handlers.opened();
    sockets.last.send({ ...hello, version: 2 });
    expect(incompatible).toBe(1);
    expect(sockets.last.closed).toBe(true);
    await clock.advance(60_000);
    expect(sockets.all).toHaveLength(1);
  });
});

describe("silence", () => {
  it("for 5 s makes it stale, for 10 s dead, and then it connects again", async () => {
    openLive();
    await clock.advance(4999);
    expect(state()).toEqual({ kind: "open" });
    await clock.advance(1);
    expect(state()).toEqual({ kind: "stale" });
    await clock.advance(4999);
    expect(state()).toEqual({ kind: "stale" });
    const first = sockets.last;
    chance = 0;
    await clock.advance(1);
    expect(first.closed).toBe(true);
    expect(states.some((one) => one.kind === "closed")).toBe(true);
    expect(sockets.all).toHaveLength(2);
  });

  it("ends with any good frame; a bad one is no sign of life", async () => {
    openLive();
    await clock.advance(4000);
    sockets.last.send({ type: "heartbeat" });
    await clock.advance(4000);
    expect(state()).toEqual({ kind: "open" });
    await clock.advance(2000);
    expect(state()).toEqual({ kind: "stale" });
    sockets.last.send("garbage");
    expect(state()).toEqual({ kind: "stale" });
    sockets.last.send({ type: "heartbeat" });
    expect(state()).toEqual({ kind: "open" });
  });

  it("of a socket that never opens is waited for 10 s", async () => {
    connection.start();
    await clock.advance(9999);
    expect(state()).toEqual({ kind: "connecting" });
    await clock.advance(1);
    expect(state()).toMatchObject({ kind: "closed", reason: "Nothing was received for 10 s." });
  });

  it("of a released socket's past is not heard", async () => {
    openLive();
    const old = sockets.last;
    await clock.advance(10_000);
    old.send(membership(99, ["1"]));
    old.handlers.closed(1006, "");
    old.handlers.opened();
    expect(indexes()).toEqual([1]);
    expect(state()?.kind).toBe("closed");
  });
});

describe("reconnecting", () => {
  it("waits with full jitter, doubling from 250 ms to 10 s", async () => {
    chance = 1;
    connection.start();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 8; attempt += 1) {
      sockets.last.handlers.closed(1006, "");
      const now = state();
      if (now?.kind !== "closed" || now.retryAt === null) throw new Error("no retry planned");
      waits.push(now.retryAt - clock.time);
      await clock.advance(now.retryAt - clock.time);
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
    expect(RECONNECT_BASE_MS).toBe(250);
    expect(sockets.all).toHaveLength(9);
  });

  it("starts over after a good snapshot, and not for an opened socket alone", async () => {
    chance = 1;
    connection.start();
    for (let attempt = 0; attempt < 4; attempt += 1) {
      sockets.last.handlers.opened();
      sockets.last.handlers.closed(1013, "");
      await clock.advance(RECONNECT_CAP_MS);
    }
    sockets.last.handlers.closed(1006, "");
    expect(state()).toMatchObject({ retryAt: clock.time + 4000 });
    await clock.advance(4000);
    sockets.last.handlers.opened();
    sockets.last.send(membership(3, ["1"]));
    sockets.last.handlers.closed(1001, "");
    expect(state()).toEqual({
      kind: "closed",
      retryAt: clock.time + 250,
      reason: "This console is stopping.",
    });
  });

  it("happens at once when asked for, but not twice", async () => {
    openLive();
    connection.retryNow();
    expect(sockets.all).toHaveLength(1);
    sockets.last.handlers.closed(1006, "");
    connection.retryNow();
    connection.retryNow();
    expect(sockets.all).toHaveLength(2);
    expect(state()).toEqual({ kind: "closed", retryAt: null, reason: null });
    await clock.advance(9000);
    expect(sockets.all).toHaveLength(2);
  });

  it("leaves a stale socket when asked for", async () => {
    openLive();
    await clock.advance(6000);
    const stale = sockets.last;
    connection.retryNow();
    expect(stale.closed).toBe(true);
    expect(sockets.all).toHaveLength(2);
  });

  it("goes on where the browser refuses to open a socket", async () => {
    sockets.refusing = true;
    connection.start();
    expect(state()).toMatchObject({ kind: "closed" });
    sockets.refusing = false;
    await clock.advance(RECONNECT_BASE_MS);
    expect(sockets.all).toHaveLength(1);
  });
});

describe("waking", () => {
  it("judges the age at once after a sleep that no timer saw", () => {
    openLive();
    clock.sleep(60_000);
    connection.wake();
    expect(state()).toMatchObject({ kind: "closed" });
  });

  it("makes the attempt that was waiting", () => {
    openLive();
    sockets.last.handlers.closed(1006, "");
    connection.wake();
    expect(sockets.all).toHaveLength(2);
  });

  it("changes nothing on a live connection, nor on one that was stopped", () => {
    openLive();
    connection.wake();
    expect(sockets.all).toHaveLength(1);
    connection.stop();
    connection.wake();
    connection.retryNow();
    expect(sockets.all).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it("begins anew after a stop", () => {
    openLive();
    connection.stop();
    expect(sockets.last.closed).toBe(true);
    connection.start();
    expect(sockets.all).toHaveLength(2);
  });
});
