import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import type { HistoryEntry } from "../protocol/api";
import type { MembershipView } from "../protocol/membership";
import { applyDiffs } from "../protocol/testing/apply_diffs";
import { learner, member, voters } from "../protocol/testing/status_fixture";
import type { ReadResult } from "./actions";
import { sessionFreshness, sessionState } from "./reduce";
import { type ClusterStore, createClusterStore, type StorePorts, TIMELINE_ENTRIES_MAX } from "./store";
import { FakeSockets } from "./testing/fake_sockets";
import { hello, membership, status } from "./testing/frames_fixture";
import { VirtualClock } from "./testing/virtual_clock";

type HistoryAnswer = ReadResult<{ readonly entries: readonly HistoryEntry[]; readonly more: boolean }>;

let clock: VirtualClock;
let sockets: FakeSockets;
let storage: Map<string, string>;
let history: (after: number, limit: number) => HistoryAnswer;
let wake: () => void;
let hide: () => void;
let store: ClusterStore;

function makeStore(more: Partial<StorePorts> = {}): ClusterStore {
  sockets = new FakeSockets();
  return createClusterStore("local", {
    ...clock.ports,
    random: () => 0.5,
    open: sockets.open,
    url: () => "ws://127.0.0.1:7400/ws?cluster=local",
    storage: () => ({
      getItem: (key) => storage.get(key) ?? null,
      setItem: (key, value) => void storage.set(key, value),
    }),
    carried: () => undefined,
    history: async (_cluster, after, limit) => history(after, limit),
    onWake: (callback) => {
      wake = callback;
      return () => undefined;
    },
    onHide: (callback) => {
      hide = callback;
      return () => undefined;
    },
    ...more,
  });
}

beforeEach(() => {
  clock = new VirtualClock();
  storage = new Map();
  history = () => ({ ok: false, problem: undefined });
  store = makeStore();
});

function open(): void {
  store.start();
  sockets.last.handlers.opened();
  sockets.last.send(hello);
}
const send = (frame: unknown) => sockets.last.send(frame);
const session = () => store.getState();
const kinds = () => session().timeline.map((entry) => entry.kind);
const newest = () => session().timeline[0];

describe("a session", () => {
  it("begins its timeline with the first view that has members, without a gap before it", () => {
    open();
    send(membership(0, [], [], { epoch: "e0" }));
    send(membership(0, ["1", "2", "3"]));
    expect(kinds()).toEqual(["first"]);
    expect(newest()).toMatchObject({ members: ["1", "2", "3"], index: 0 });
  });

  it("goes from connecting to live, and starts its timeline with what it found", () => {
    expect(session().session).toEqual({ kind: "connecting", since: 0 });
    open();
    send(membership(1, ["1", "2", "3"]));
    send(status(voters(3)));
    expect(session().session).toEqual({ kind: "live" });
    expect(session().hello?.actor).toBe("root");
    expect(newest()).toMatchObject({
      kind: "first",
      at: null,
      created: true,
      members: ["1", "2", "3"],
      index: 1,
    });
    expect(sessionState(session(), clock.time).state).toBe("ok");
    expect(session().names).toEqual({ "1": "n1", "2": "n2", "3": "n3" });
  });

  it("computes each difference against the snapshot it held before", () => {
    open();
    send(membership(1, ["1", "2", "3"]));
    send(membership(2, ["1", "2", "3"], ["4"]));
    send(membership(3, ["1", "2", "3", "4"]));
    send(membership(4, ["2", "3", "4"]));
    expect(session().timeline.slice(0, 3)).toMatchObject([
      { kind: "membership", diffs: [{ kind: "left", id: "1" }], fromIndex: 3, index: 4, merged: 0 },
      { kind: "membership", diffs: [{ kind: "promoted", id: "4" }], index: 3 },
      { kind: "membership", diffs: [{ kind: "joined-learner", id: "4" }], fromIndex: 1, index: 2 },
    ]);
    expect(session().previousView?.snapshot.committedIndex).toBe(3);
  });

  it("says how many changes one snapshot stands for, by sequence", () => {
    open();
    send(membership(10, ["1", "2", "3"], [], { sequence: 4 }));
    send(membership(57, ["1", "2", "4"], [], { sequence: 9 }));
    expect(newest()).toMatchObject({ merged: 4, fromIndex: 10, index: 57, whileAway: false });
  });

  it("replays to the newest snapshot from its own timeline, whatever was skipped", () => {
    const ids = fc.uniqueArray(fc.integer({ min: 1, max: 6 }).map(String));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(ids, ids, fc.integer({ min: 1, max: 5 })), { minLength: 1, maxLength: 12 }),
        (steps) => {
          store = makeStore();
          open();
          send(membership(1, ["1"], []));
          let index = 1;
          for (const [members, learners, step] of steps) {
            index += step;
            const sorted = [...members].sort();
            send(membership(index, sorted, learners.filter((id) => !members.includes(id)).sort()));
          }
          let replayed = {
            members: ["1"],
            learners: [] as readonly string[],
            committedIndex: 1,
          } as MembershipView["snapshot"];
          let changes = 0;
          for (const entry of [...session().timeline].reverse()) {
            if (entry.kind !== "membership") continue;
            replayed = applyDiffs(replayed, entry.diffs, entry.index);
            changes += 1 + entry.merged;
          }
          expect(replayed).toEqual(session().view?.snapshot);
          expect(changes).toBe(index - 1);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("bounds its timeline", () => {
    open();
    for (let index = 1; index <= TIMELINE_ENTRIES_MAX + 50; index += 1) {
      send(membership(index, index % 2 === 0 ? ["1", "2"] : ["1"]));
    }
    expect(session().timeline).toHaveLength(TIMELINE_ENTRIES_MAX);
    expect(new Set(session().timeline.map((entry) => entry.key)).size).toBe(TIMELINE_ENTRIES_MAX);
    expect(newest()).toMatchObject({ index: TIMELINE_ENTRIES_MAX + 50 });
  });

  it("marks another epoch and compares nothing across it", () => {
    open();
    send(membership(9, ["1", "2", "3"]));
    send(membership(1, ["7"], [], { epoch: "e2" }));
    expect(kinds()).toEqual(["first", "epoch", "first"]);
    expect(session().timeline[1]).toMatchObject({ from: "e1", to: "e2" });
    expect(session().marks).toEqual({});
  });

  it("counts frames it could not read", () => {
    open();
    send("garbage");
    expect(session().badFrames).toBe(1);
    send({ ...hello, version: 99 });
    expect(session().incompatible).toBe(true);
  });
});

describe("rows", () => {
  it("carry a mark for 30 s, and a removed one stays as a ghost as long", async () => {
    open();
    send(membership(1, ["1", "2", "3"], ["5"]));
    send(status([...voters(3), learner({ id: "5" })]));
    send(membership(2, ["1", "2", "5"], ["4"]));
    expect(session().marks).toMatchObject({ "4": { kind: "joined" }, "5": { kind: "promoted" } });
    expect(session().ghosts).toMatchObject([
      { id: "3", name: "n3", role: "voter", address: "127.0.0.1:7503" },
    ]);
    await clock.advance(29_000);
    expect(Object.keys(session().marks)).toEqual(["4", "5"]);
    await clock.advance(2000);
    expect(session().marks).toEqual({});
    expect(session().ghosts).toEqual([]);
  });

  it("have no ghost once the member is back, nor a mark once it left", () => {
    open();
    send(membership(1, ["1", "2", "3"]));
    send(membership(2, ["1", "2"]));
    send(membership(3, ["1", "2"], ["3"]));
    expect(session().ghosts).toEqual([]);
    expect(session().marks).toMatchObject({ "3": { kind: "joined" } });
    send(membership(4, ["1", "2"]));
    expect(session().marks).toEqual({});
  });
});

describe("how far members are behind", () => {
  const lags = () => session().status?.value.members.map(({ lag }) => lag);
  const told = [{ entries: 0, current: true }, { entries: 7, current: true }, null];
  const members = (lag: typeof told) => voters(3).map((one, place) => ({ ...one, lag: lag[place] ?? null }));
  const nobody = { leadership: { id: null, term: 2, answering: 1, agree: 1, noneForMs: 0 } };

  it("stays as last known where nobody can tell it: while there is no leader, or by one that does not know it yet", () => {
    open();
    send(membership(1, ["1", "2", "3"]));
    send(status(members(told)));
    const known = [{ entries: 0, current: false }, { entries: 7, current: false }, null];
    for (let frame = 0; frame < 2; frame += 1) {
      send(status(members([null, null, null]), nobody));
      expect(lags()).toEqual(known);
    }
    send(status(members([{ entries: 2, current: true }, null, null])));
    expect(lags()).toEqual([{ entries: 2, current: true }, known[1], null]);
  });

  it("is not carried from one epoch into another", () => {
    open();
    send(status(members(told)));
    send(status(members([null, null, null]), { ...nobody, epoch: "e2" }));
    expect(lags()).toEqual([null, null, null]);
  });
});

describe("events beside membership", () => {
  it("are leaders gained and lost", () => {
    open();
    send(membership(1, ["1", "2", "3"]));
    const led = (id: string | null, term: number) => ({
      leadership: { id, term, answering: 3, agree: 3, noneForMs: null },
    });
    for (const [id, term] of [
      ["1", 2],
      ["1", 2],
      [null, 2],
      [null, 3],
      ["2", 3],
      ["2", 4],
    ] as const) {
      send(status(voters(3), led(id, term)));
    }
    expect(session().timeline.slice(0, 3)).toMatchObject([
      { kind: "leadership", from: "2", to: "2", term: 4 },
      { kind: "leadership", from: null, to: "2", term: 3 },
      { kind: "leadership", from: "1", to: null, term: 2 },
    ]);
    expect(kinds()).toEqual(["leadership", "leadership", "leadership", "first"]);
  });

  it("are changes of health, alike ones in one line; unknown is none", () => {
    open();
    send(membership(1, ["1", "2", "3"]));
    send(status(voters(3)));
    send(status(voters(3, { unknown: [2, 3] })));
    send(status(voters(3)));
    expect(kinds()).toEqual(["first"]);
    send(status(voters(3, { down: [2, 3] })));
    expect(newest()).toMatchObject({ kind: "health", ids: ["2", "3"], from: "Healthy", to: "Unreachable" });
    send(status(voters(3, { unknown: [2], down: [3] })));
    send(status(voters(3, { down: [3] })));
    expect(newest()).toMatchObject({ kind: "health", ids: ["2"], from: "Unreachable", to: "Healthy" });
  });

  it("do not tell of a learner that drifts while it catches up", () => {
    open();
    send(membership(1, ["1"], ["4"]));
    for (const word of ["Receiving snapshot", "Catching up", "Healthy", "Catching up"] as const) {
      send(status([...voters(1), learner({ id: "4", word })]));
    }
    expect(kinds()).toEqual(["first"]);
  });
});

describe("how long the state has been so", () => {
  it("is estimated from the voters' health for a page just opened, then observed", async () => {
    open();
    send(membership(1, ["1", "2", "3"]));
    const healthy = (sinceMs: number) => ["1", "2", "3"].map((id) => member({ id, sinceMs }));
    send(status(healthy(60_000)));
    expect(session().stateSince).toBe(clock.time - 60_000);
    await clock.advance(2000);
    send(status(voters(3, { down: [3] })));
    expect(session()).toMatchObject({ knownState: "at-limit", stateSince: clock.time });
    const since = clock.time;
    await clock.advance(2000);
    send(status(voters(3, { down: [3] })));
    expect(session().stateSince).toBe(since);
  });
});

describe("a broken connection", () => {
  it("becomes stale, then disconnected with a gap, and keeps every value", async () => {
    open();
    send(membership(3, ["1", "2", "3"]));
    send(status(voters(3)));
    const lastFrame = clock.time;
    await clock.advance(5000);
    expect(session().session).toEqual({ kind: "stale", since: lastFrame });
    expect(sessionFreshness(session()).word).toBe("Stale");
    expect(sessionState(session()).state).toBe("unknown");
    await clock.advance(5000);
    expect(session().session).toMatchObject({ kind: "disconnected", since: lastFrame });
    expect(newest()).toMatchObject({ kind: "gap", since: lastFrame, until: null });
    expect(session().view?.snapshot.members).toEqual(["1", "2", "3"]);
    expect(session().status?.value.members).toHaveLength(3);
  });

  it("counts on from the first loss while attempts fail, in one gap", async () => {
    open();
    send(membership(3, ["1", "2", "3"]));
    const lost = clock.time;
    for (let attempt = 0; attempt < 4; attempt += 1) {
      sockets.last.handlers.closed(1006, "");
      await clock.advance(10_000);
    }
    expect(session().session).toMatchObject({ kind: "disconnected", since: lost });
    expect(kinds()).toEqual(["gap", "first"]);
  });

  it("recovers with the newest snapshot and says how many changes were merged while away", async () => {
    open();
    send(membership(3, ["1", "2", "3"], [], { sequence: 3 }));
    await clock.advance(20_000);
    sockets.last.handlers.opened();
    const back = clock.time;
    send(hello);
    send(membership(40, ["1", "2", "4"], [], { sequence: 8 }));
    expect(session().session).toEqual({ kind: "live" });
    expect(kinds()).toEqual(["membership", "gap", "first"]);
    expect(newest()).toMatchObject({ merged: 4, whileAway: true });
    expect(session().timeline[1]).toMatchObject({ until: back });
  });

  it("to a console that knows nothing yet, when it is back, takes nothing back and tells no other epoch", async () => {
    open();
    send(membership(3, ["1", "2", "3"], [], { sequence: 3 }));
    await clock.advance(20_000);
    sockets.last.handlers.opened();
    send(hello);
    send(membership(0, [], [], { epoch: "none", sequence: 0 }));
    expect(session().view?.snapshot.members).toEqual(["1", "2", "3"]);
    send(membership(4, ["1", "2", "4"], [], { sequence: 4 }));
    expect(kinds()).toEqual(["membership", "gap", "first"]);
    expect(newest()).toMatchObject({ fromIndex: 3, whileAway: true });
  });

  it("that flaps without anything happening leaves one gap", async () => {
    open();
    send(membership(3, ["1"]));
    for (let flap = 0; flap < 5; flap += 1) {
      sockets.last.handlers.closed(1006, "");
      await clock.advance(10_000);
      sockets.last.handlers.opened();
      send(hello);
    }
    expect(kinds()).toEqual(["gap", "first"]);
    expect(newest()).toMatchObject({ until: clock.time });
  });

  it("is noticed at once when the machine wakes", () => {
    open();
    send(membership(3, ["1", "2", "3"]));
    send(status(voters(3)));
    clock.sleep(3_600_000);
    wake();
    expect(session().session.kind).toBe("disconnected");
    expect(sessionState(session()).sentence).toBe("Unknown - no data for 1 h.");
  });
});

describe("a pause", () => {
  it("freezes tables and timeline and counts what waits; state stays live", async () => {
    open();
    send(membership(1, ["1", "2", "3"]));
    send(status(voters(3)));
    store.pause();
    store.pause();
    send(membership(2, ["1", "2", "3"], ["4"]));
    send(membership(5, ["1", "2", "3"], [], { sequence: 4 }));
    send(status(voters(3, { down: [3] })));
    await clock.advance(2000);
    const { pause } = session();
    expect(pause?.waiting).toBe(3);
    expect(pause?.frozen.view?.snapshot.committedIndex).toBe(1);
    expect(pause?.frozen.timeline).toHaveLength(1);
    expect(sessionState(session()).state).toBe("at-limit");
    store.resume();
    expect(session().pause).toBeNull();
    expect(session().view?.snapshot.committedIndex).toBe(5);
  });
});

describe("a reload", () => {
  it("still says what changed, against the view this tab held before", async () => {
    open();
    send(membership(3, ["1", "2", "3"], ["4"], { sequence: 3 }));
    await clock.advance(1000);
    store.stop();
    store = makeStore();
    open();
    send(membership(9, ["1", "2", "4"], [], { sequence: 7 }));
    expect(kinds()).toEqual(["membership", "first"]);
    expect(newest()).toMatchObject({
      diffs: [
        { kind: "left", id: "3" },
        { kind: "promoted", id: "4" },
      ],
      merged: 3,
      whileAway: true,
    });
    expect(session().timeline[1]).toMatchObject({ index: 3 });
  });

  it("at a console that knows nothing yet keeps what this tab held for when it does", () => {
    open();
    send(membership(3, ["1", "2", "3"]));
    store.stop();
    store = makeStore();
    open();
    send(membership(0, [], [], { epoch: "none", sequence: 0 }));
    expect(kinds()).toEqual([]);
    send(membership(4, ["1", "2"], [], { sequence: 4 }));
    expect(kinds()).toEqual(["membership", "first"]);
    expect(newest()).toMatchObject({ diffs: [{ kind: "left", id: "3" }], fromIndex: 3 });
  });

  it("keeps the view at the last moment, when the page is hidden", () => {
    open();
    send(membership(3, ["1", "2", "3"]));
    expect([...storage.keys()]).toEqual([]);
    hide();
    expect(JSON.parse(storage.get("rollcall.held.local") ?? "")).toMatchObject({ epoch: "e1", sequence: 3 });
  });

  it("at another console begins from the view carried there", () => {
    const carried: MembershipView = {
      epoch: "e1",
      exact: true,
      sequence: 5,
      snapshot: { members: ["1", "2", "3"], learners: [], committedIndex: 5 },
    };
    store = makeStore({ carried: () => carried });
    open();
    send(membership(6, ["1", "2", "3"], ["4"]));
    expect(newest()).toMatchObject({
      diffs: [{ kind: "joined-learner", id: "4" }],
      merged: 0,
      whileAway: true,
    });
  });

  it("at a console that is behind shows its view and never calls it a change", () => {
    storage.set(
      "rollcall.held.local",
      JSON.stringify({
        epoch: "e1",
        exact: true,
        sequence: 5,
        snapshot: { members: ["1", "2"], learners: [], committedIndex: 5 },
      }),
    );
    open();
    send(membership(4, ["1"]));
    expect(kinds()).toEqual(["first"]);
    expect(session().view?.snapshot.committedIndex).toBe(4);
    send(membership(5, ["1", "2"]));
    expect(kinds()).toEqual(["first"]);
    send(membership(6, ["1", "2"], ["3"]));
    expect(newest()).toMatchObject({ diffs: [{ kind: "joined-learner", id: "3" }], fromIndex: 5 });
  });

  it("survives a storage that holds nonsense, or refuses", () => {
    storage.set("rollcall.held.local", '{"epoch":1}');
    open();
    send(membership(4, ["1"]));
    expect(kinds()).toEqual(["first"]);
    const refuse = () => {
      throw new Error("denied");
    };
    store = makeStore({ storage: () => ({ getItem: refuse, setItem: refuse }) });
    open();
    send(membership(4, ["1"]));
    hide();
    expect(session().view?.snapshot.committedIndex).toBe(4);
  });
});

function line(index: number, changes: HistoryEntry["changes"] = []): HistoryEntry {
  return {
    index,
    term: 1,
    time: 1000 * index,
    kind: changes[0]?.kind ?? "created",
    changes,
    actor: "root",
    requestId: "r-12345678",
    outcome: "applied",
    reason: "",
    refusedBy: null,
    members: ["1", "2", "3"],
    learners: [],
    sequence: index,
  };
}

describe("the durable history", () => {
  const all = [
    line(1),
    line(4, [{ kind: "add-learner", id: "4", name: "n4" }]),
    line(7, [{ kind: "remove", id: "4", name: "n4" }]),
  ];

  it("tells what happened before the page was opened, page by page", async () => {
    const asked: number[] = [];
    history = (after) => {
      asked.push(after);
      const rest = all.filter(({ index }) => index > after);
      return { ok: true, value: { entries: rest.slice(0, 2), more: rest.length > 2 } };
    };
    open();
    send(membership(7, ["1", "2", "3"]));
    send(membership(9, ["1", "2", "3"], ["5"]));
    await clock.advance(0);
    expect(asked).toEqual([0, 4]);
    expect(kinds()).toEqual(["membership", "history", "history", "history"]);
    expect(
      session().timeline.flatMap((entry) => (entry.kind === "history" ? [entry.line.index] : [])),
    ).toEqual([7, 4, 1]);
    expect(new Set(session().timeline.map(({ key }) => key)).size).toBe(4);
  });

  it("tells the names of members that left before anybody looked", async () => {
    history = () => ({ ok: true, value: { entries: all, more: false } });
    open();
    send(membership(7, ["1", "2", "3"]));
    await clock.advance(0);
    expect(session().names).toEqual({ "4": "n4" });
    send(status([...voters(3), learner({ id: "4", name: "renamed" })]));
    expect(session().names["4"]).toBe("renamed");
  });

  it("is not asked for before the console knows its cluster", async () => {
    history = () => ({ ok: true, value: { entries: all, more: false } });
    open();
    send(membership(0, [], [], { epoch: "none" }));
    await clock.advance(0);
    send(membership(7, ["1", "2", "3"]));
    await clock.advance(0);
    expect(kinds()).toEqual(["history", "history", "history"]);
  });

  it("is asked for again after a failure, with the next snapshot", async () => {
    open();
    send(membership(7, ["1", "2", "3"]));
    await clock.advance(0);
    expect(kinds()).toEqual(["first"]);
    history = () => ({ ok: true, value: { entries: all, more: false } });
    send(membership(9, ["1", "2", "3"], ["5"]));
    await clock.advance(0);
    expect(kinds()).toEqual(["membership", "history", "history", "history"]);
  });

  it("expands a merged entry into its parts", async () => {
    open();
    send(membership(1, ["1", "2", "3"], [], { sequence: 1 }));
    send(membership(7, ["1", "2", "3"], [], { sequence: 3 }));
    const key = newest()?.key ?? 0;
    store.pause();
    history = (after) => ({
      ok: true,
      value: { entries: all.filter(({ index }) => index > after), more: false },
    });
    const expanding = store.expand(key);
    expect(newest()).toMatchObject({ parts: "loading" });
    await expanding;
    expect(newest()).toMatchObject({ parts: [{ index: 4 }, { index: 7 }] });
    expect(session().pause?.frozen.timeline[0]).toMatchObject({ parts: [{ index: 4 }, { index: 7 }] });
  });

  it("learns who made a change, and asks again while that cannot be read, but not often", async () => {
    open();
    send(membership(1, ["1", "2", "3"], [], { sequence: 1 }));
    send(membership(4, ["1", "2", "3"], ["4"], { sequence: 2 }));
    let asked = 0;
    history = (after) => {
      asked += 1;
      return asked < 3
        ? { ok: false, problem: undefined }
        : { ok: true, value: { entries: all.filter(({ index }) => index > after), more: false } };
    };
    expect(newest()).not.toHaveProperty("actors");
    await clock.advance(1000);
    expect(asked).toBe(1);
    await clock.advance(1000);
    expect(asked).toBe(1);
    for (let second = 0; second < 4; second += 1) {
      send({ type: "heartbeat" });
      await clock.advance(1000);
    }
    expect(newest()).toMatchObject({ index: 4, actors: ["root"] });
    await clock.advance(4000);
    expect(asked).toBe(3);
  });

  describe("of attempts that changed nothing", () => {
    const attempt = (place: number, more: Partial<HistoryEntry> = {}): HistoryEntry => ({
      ...line(7, [{ kind: "remove", id: "2", name: "n2" }]),
      time: 8000 + place,
      requestId: `r-attempt-${place}`,
      outcome: "refused",
      reason: "no spare",
      refusedBy: "1",
      ...more,
    });
    let entries: HistoryEntry[];
    let asked: number[];
    const attempts = () => session().timeline.filter((entry) => entry.kind === "attempt");
    /** A status that says how many there are, and time for two more reads. */
    const tell = async (refusals: number) => {
      for (let second = 0; second < 4; second += 1) {
        send(status(voters(3), { refusals }));
        await clock.advance(1000);
      }
    };

    beforeEach(async () => {
      entries = [...all];
      asked = [];
      history = (after) => {
        asked.push(after);
        return { ok: true, value: { entries: entries.filter(({ index }) => index > after), more: false } };
      };
      open();
      send(membership(7, ["1", "2", "3"]));
      await tell(0);
    });

    it("shows each once, where the status says that there are more, and else asks nothing", async () => {
      expect(asked).toEqual([0]);
      entries.push(attempt(1));
      await tell(1);
      expect(newest()).toMatchObject({ kind: "attempt", at: 8001, times: 1, line: { refusedBy: "1" } });
      expect(asked).toEqual([0, 6]);
      entries.push(attempt(2, { actor: "ada" }));
      await tell(2);
      await tell(2);
      expect(attempts()).toMatchObject([{ line: { actor: "ada" } }, { line: { actor: "root" } }]);
      expect(asked).toEqual([0, 6, 6]);
    });

    it("shows what was there before the page was opened below what it saw, not as news", async () => {
      store = makeStore();
      entries.push(attempt(1));
      open();
      send(membership(7, ["1", "2", "3"]));
      await tell(1);
      expect(attempts()).toEqual([]);
      expect(newest()).toMatchObject({ kind: "history", line: { outcome: "refused" } });
    });

    it("reads them after a reconnection, from a process that counts anew", async () => {
      entries.push(attempt(1));
      await tell(1);
      sockets.last.handlers.closed(1006, "");
      await clock.advance(1000);
      sockets.last.handlers.opened();
      sockets.last.send(hello);
      entries = [...all, attempt(9, { actor: "ada" })];
      await tell(1);
      expect(attempts().map((entry) => entry.kind === "attempt" && entry.line.actor)).toEqual([
        "ada",
        "root",
      ]);
    });

    it("makes one line of what is tried again and again, and counts what is too much to be told", async () => {
      entries.push(attempt(1), attempt(2), attempt(3));
      await tell(3);
      expect(attempts()).toMatchObject([{ times: 3, untold: 0, at: 8003 }]);
      for (let place = 10; place < 60; place += 1) entries.push(attempt(place, { actor: `a${place}` }));
      await tell(53);
      expect(attempts()).toHaveLength(11);
      expect(attempts()[9]).toMatchObject({ untold: 40, line: { actor: "a50" } });
    });
  });

  it("says so where the parts cannot be read, and may be asked again", async () => {
    open();
    send(membership(1, ["1"], [], { sequence: 1 }));
    send(membership(7, ["1", "2"], [], { sequence: 3 }));
    const key = newest()?.key ?? 0;
    await store.expand(key);
    expect(newest()).toMatchObject({ parts: "failed" });
    history = () => ({ ok: true, value: { entries: all, more: false } });
    await store.expand(key);
    expect(newest()).toMatchObject({ parts: [{ index: 4 }, { index: 7 }] });
  });
});

describe("the shared clock", () => {
  it("moves once a second while started, and not after", async () => {
    open();
    const before = clock.time;
    await clock.advance(3500);
    expect(session().now).toBe(before + 3000);
    store.stop();
    expect(clock.pending).toBe(0);
  });
});
