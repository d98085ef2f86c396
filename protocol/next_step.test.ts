import { describe, expect, it } from "vitest";
import type { LocalProcess, Machine } from "./machine";
import { describeState, type NextStepInput, nextStep } from "./state";
import type { ClusterStatus } from "./status";
import { learner, type MemberSketch, member, statusOf, voters } from "./testing/status_fixture";

function processOf(id: string, state: LocalProcess["state"]): LocalProcess {
  return {
    id,
    name: `n${id}`,
    state,
    pid: state === "exited" ? null : 48_000 + Number(id),
    sinceMs: 1000,
    exit: state === "exited" ? "SIGKILL" : null,
    console: null,
    servesPage: id === "1",
    member: true,
  };
}

function machineOf(...processes: LocalProcess[]): Machine {
  return { processes, load: { ratePerSecond: 0, endsInMs: null, blocked: null } };
}

function step(status: ClusterStatus, more: Partial<NextStepInput> = {}) {
  const live = more.hop === undefined || more.hop.kind === "live";
  return nextStep({
    status,
    elapsedMs: 0,
    description: describeState(status, { dataAgeMs: status.factAgeMs, live }),
    hop: { kind: "live" },
    factTime: "03:07:41",
    stateForMs: null,
    lastChange: null,
    ...more,
  });
}

const unreachable = (id: string, more: Partial<MemberSketch> = {}) =>
  member({ id, health: "down", sinceMs: 72_000, ...more });

describe("the next step", () => {
  it("of a healthy cluster is none: how long, and the last change", () => {
    const lastChange = { words: "n4 removed", ageMs: 22 * 60_000 };
    expect(step(statusOf(voters(3)), { stateForMs: 14 * 60_000, lastChange })).toEqual({
      text: "For 14 min. Last change: n4 removed 22 min ago.",
      actions: [],
    });
  });

  it("with n3 dead is to start it, where its process runs here", () => {
    const status = statusOf([...voters(2), unreachable("3")]);
    const machine = machineOf(processOf("1", "running"), processOf("3", "exited"));
    expect(step(status, { machine })).toEqual({
      text: "n3 unreachable for 1 min 12 s. Start it; if it is gone for good, replace it.",
      actions: [{ kind: "start", id: "3", label: "Start n3" }],
    });
  });

  it("with n3 dead offers its replacement where the cluster carries one out, and not a second one", () => {
    const status = statusOf([...voters(2), unreachable("3"), learner({ id: "4" })]);
    const offered = { kind: "replace", id: "3", label: "Replace n3" };
    expect(step(status, { guided: true }).actions).toEqual([offered]);
    const machine = machineOf(processOf("3", "exited"));
    expect(step(status, { machine, guided: true }).actions).toEqual([
      { kind: "start", id: "3", label: "Start n3" },
      offered,
    ]);
    const plan = { id: "request-1", kind: "replace", learner: "4", target: "3", actor: "root" } as const;
    const underWay = {
      ...plan,
      state: "running",
      step: "catching-up",
      waitingFor: null,
      reason: "",
    } as const;
    expect(step({ ...status, plans: [underWay] }, { guided: true }).actions).toEqual([]);
    const frozen = statusOf([...voters(2), unreachable("3", { word: "Frozen" })]);
    const thaws = { machine: machineOf(processOf("3", "frozen")), guided: true };
    expect(step(frozen, thaws).actions).toEqual([{ kind: "thaw", id: "3", label: "Thaw n3" }]);
  });

  it("names the host where the process runs elsewhere", () => {
    const status = statusOf([...voters(2), unreachable("3", { address: "10.0.0.3:7500" })]);
    expect(step(status)).toEqual({
      text: "n3 unreachable for 1 min 12 s. Start it on 10.0.0.3; if it is gone for good, replace it.",
      actions: [],
    });
  });

  it("thaws what is frozen, and waits for what is starting", () => {
    const frozen = statusOf([...voters(2), unreachable("3", { word: "Frozen", sinceMs: 12_000 })]);
    expect(step(frozen, { machine: machineOf(processOf("3", "frozen")) })).toEqual({
      text: "n3 frozen for 12 s. Thaw it: it goes on where it stood.",
      actions: [{ kind: "thaw", id: "3", label: "Thaw n3" }],
    });
    const starting = step(statusOf([...voters(2), unreachable("3")]), {
      machine: machineOf(processOf("3", "starting")),
    });
    expect(starting.actions).toEqual([]);
    expect(starting.text).toContain("may come back by itself");
  });

  it("with quorum lost restores it and keeps every directory", () => {
    const status = statusOf([...voters(1), unreachable("2"), unreachable("3")]);
    const machine = machineOf(processOf("2", "exited"), processOf("3", "exited"));
    expect(step(status, { machine })).toEqual({
      text: "One more voter restores quorum: start n2 or n3. Remove nothing, delete no data directory.",
      actions: [
        { kind: "start", id: "2", label: "Start n2" },
        { kind: "start", id: "3", label: "Start n3" },
      ],
    });
  });

  it("says how many are missing where one is not enough", () => {
    const status = statusOf(voters(5, { down: [2, 3, 4, 5] }));
    const machine = machineOf(...["2", "3", "4", "5"].map((id) => processOf(id, "exited")));
    expect(step(status, { machine }).text).toMatch(
      /^Two more voters restore quorum: start two of n2, n3, n4 and n5\./,
    );
    const all = statusOf(voters(3, { down: [1, 2, 3] }));
    expect(
      step(all, {
        machine: machineOf(processOf("1", "exited"), processOf("2", "exited"), processOf("3", "exited")),
      }).text,
    ).toMatch(/^Two more voters restore quorum: start two of n1, n2 and n3\./);
  });

  it("while disconnected is to retry, or to open another member's console", () => {
    const hop = { kind: "disconnected" as const, since: "03:07:41", retryInMs: 3400 };
    expect(step(statusOf(voters(3)), { hop })).toEqual({
      text: "Disconnected since 03:07:41, retry in 4 s.",
      actions: [
        { kind: "retry-now", label: "Retry now" },
        { kind: "open-console", id: "2", url: "http://127.0.0.1:7402", label: "Open on n2" },
        { kind: "open-console", id: "3", url: "http://127.0.0.1:7403", label: "Open on n3" },
      ],
    });
    expect(step(statusOf(voters(3)), { hop: { ...hop, retryInMs: null } }).text).toBe(
      "Disconnected since 03:07:41, retrying now.",
    );
  });

  it("offers no console of a member that was down, and those nobody knew of last", () => {
    const hop = { kind: "disconnected" as const, since: "03:07:41", retryInMs: 1 };
    const labels = (of: ClusterStatus) => step(of, { hop }).actions.map(({ label }) => label);
    expect(labels(statusOf(voters(5, { down: [2], unknown: [3] })))).toEqual([
      "Retry now",
      "Open on n4",
      "Open on n5",
      "Open on n3",
    ]);
    expect(labels(statusOf(voters(3, { down: [2, 3] })))).toEqual(["Retry now"]);
  });

  it("offers no console whose address is not a web address", () => {
    const hop = { kind: "disconnected" as const, since: "03:07:41", retryInMs: 1 };
    const members = [member({ id: "1" }), member({ id: "2", console: "javascript:alert(1)" })];
    expect(step(statusOf(members), { hop }).actions.map(({ kind }) => kind)).toEqual(["retry-now"]);
  });

  it("with a silent cluster says since when", () => {
    const status = statusOf(voters(3), { factAgeMs: 42_000 });
    expect(step(status).text).toBe("Connected to Rollcall; no node has answered since 03:07:41.");
    expect(step(statusOf(voters(3)), { elapsedMs: 6000 }).text).toMatch(/^Connected to Rollcall/);
  });

  it("of a removed node points to the others", () => {
    const self = { id: "1", name: "n1", standing: "removed" as const, index: 57 };
    const removed = step(statusOf(voters(3), { self }));
    expect(removed.text).toBe(
      "This node was removed at index 57 and shows its last view. The cluster goes on without it.",
    );
    expect(removed.actions).toHaveLength(2);
  });

  it("of one or two voters is to grow, with a learner that is ready", () => {
    expect(step(statusOf(voters(1)))).toEqual({
      text: "Three voters tolerate one failure: add two, one at a time.",
      actions: [{ kind: "add-learner", label: "Add learner" }],
    });
    expect(step(statusOf([...voters(2), learner({ id: "3" })])).actions).toEqual([
      { kind: "promote", id: "3", label: "Promote n3" },
    ]);
  });

  it("with a change under way says which", () => {
    const changeInProgress = {
      kind: "promote" as const,
      members: ["2"],
      actor: "root",
      sinceMs: 3000,
      requestId: "r-12345678",
    };
    expect(step(statusOf(voters(3), { changeInProgress })).text).toBe(
      "Change in progress: promote n2, by root, 3 s.",
    );
  });

  it("without a leader warns against removing anything", () => {
    const leadership = { id: null, term: 2, answering: 3, agree: 0, noneForMs: 8000 };
    expect(step(statusOf(voters(3), { leadership })).text).toContain("Remove nothing");
    expect(step(statusOf(voters(3), { leadership: { ...leadership, noneForMs: 900 } })).text).toBe(
      "An election is under way.",
    );
  });

  it("names the voters nobody could ask", () => {
    expect(step(statusOf(voters(3, { unknown: [2, 3] }))).text).toBe(
      "n2 and n3 could not be asked from here.",
    );
    expect(step(statusOf(voters(3, { unknown: [3] }))).text).toBe("n3 could not be asked from here.");
  });
});
