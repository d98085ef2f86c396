import { describe, expect, test } from "vitest";
import { commandForPlan, commandForReplaceByNew } from "./command_line";
import { describePlan, plansUnderWay, planUnderWay } from "./plan_words";
import type { GuidedPlan } from "./status";
import { learner, plain, replacing, statusOf, voters } from "./testing/status_fixture";
import { namesOf } from "./words";

const plan: GuidedPlan = { ...replacing, waitingFor: "n4 is 12400 entries behind" };
const behind = { lag: { entries: 12_400, current: true }, ratePerSecond: 2100 };
const status = statusOf([...voters(3, { down: [3] }), learner({ id: "4", ...behind })], {
  plans: [plan],
  lastLogIndex: 15_500,
});
const nameOf = namesOf(status.members);
const words = (changes: Partial<GuidedPlan>, of = status) =>
  describePlan({ ...plan, ...changes }, of, nameOf);

describe("a guided plan in words", () => {
  test("says the step, how far behind the learner is, and about how long it takes", () => {
    expect(words({})).toEqual({
      title: "Replacing n3 with n4",
      line: "Step 2 of 3 - n4 catching up - 12,400 behind, 2,100/s, about 6 s",
      progress: expect.closeTo(0.2),
      remains: "n4 stays a learner; n3 still votes. Nothing is undone.",
    });
  });

  test("says what it waits for where that is not the lag", () => {
    const silent = statusOf([...voters(3), learner({ id: "4", health: "down", lag: null })]);
    const { line, progress } = words({ waitingFor: "n4 was not heard from" }, silent);
    expect(line).toBe("Step 2 of 3 - waiting: n4 was not heard from");
    expect(progress).toBeNull();
  });

  test("a last known lag is no news of catching up", () => {
    const silent = statusOf(
      [
        ...voters(3),
        learner({ id: "4", health: "down", lag: { entries: 12_400, current: false }, ratePerSecond: 0 }),
      ],
      { lastLogIndex: 15_500 },
    );
    const { line, progress } = words({ waitingFor: "n4 was not heard from" }, silent);
    expect(line).toContain("waiting: n4 was not heard from");
    expect(progress).toBeNull();
  });

  test("names the last step by what is left of it", () => {
    expect(words({ step: "changing", waitingFor: null }).line).toBe("Step 3 of 3 - n4 taking the vote of n3");
    const votes = { ...status, configuration: plain(["1", "2", "3", "4"]) };
    expect(words({ step: "changing", waitingFor: null }, votes).line).toBe("Step 3 of 3 - removing n3");
    expect(words({ step: "transferring", waitingFor: null }).line).toBe(
      "Step 3 of 3 - moving leadership off n3",
    );
  });

  test("a promotion has two steps", () => {
    const promotion = { kind: "promote", target: null } as const;
    expect(words(promotion).title).toBe("Promoting n4 when caught up");
    expect(words(promotion).line).toMatch(/^Step 1 of 2 - n4 catching up/);
    expect(words(promotion).remains).toBe("n4 stays a learner. Nothing is undone.");
    expect(words({ ...promotion, step: "changing", waitingFor: null }).line).toBe(
      "Step 2 of 2 - n4 becoming a voter",
    );
  });

  test("a paused plan says so, and without a leader it waits for one", () => {
    expect(words({ state: "paused" }).line).toMatch(/^Paused at step 2 of 3 - n4 catching up/);
    const leaderless = { ...status, leadership: { ...status.leadership, id: null } };
    expect(words({}, leaderless).line).toBe("Step 2 of 3 - waiting for a leader");
  });

  test("an ended plan says what is so now", () => {
    expect(words({ state: "stopped", step: "finished" }).line).toBe(
      "Stopped. n4 stays a learner; n3 still votes. Nothing is undone.",
    );
    const after = { ...status, configuration: plain(["1", "2", "4"]) };
    expect(words({ state: "done", step: "finished" }, after).line).toBe("Done. n4 votes; n3 is out.");
    expect(words({ state: "failed", step: "finished", reason: "n4 is not a member any more" }).line).toMatch(
      /^Failed: n4 is not a member any more\. /,
    );
  });

  test("names a member that left by what the plan says", () => {
    const after = { ...status, configuration: plain(["1", "2", "4"]), members: status.members.slice(0, 2) };
    const done = { state: "done", step: "finished", learnerName: "n4", targetName: "n3" } as const;
    const told = describePlan({ ...plan, ...done }, after, namesOf(after.members));
    expect([told.title, told.line]).toEqual(["Replacing n3 with n4", "Done. n4 votes; n3 is out."]);
  });

  test("shows how much of the way the learner has come since the plan was made", () => {
    expect(words({ behindAtStart: 24_700 }).progress).toBe(0.5);
    expect(words({ behindAtStart: 12_400 }).progress).toBe(0);
    // More was written than it could take: it is as far as at the start, not behind it.
    expect(words({ behindAtStart: 5000 }).progress).toBe(0);
    const near = statusOf([...voters(3), learner({ id: "4", lag: { entries: 40, current: true } })]);
    expect(words({ behindAtStart: 24_700 }, near).progress).toBe(1);
    expect(words({ behindAtStart: 20 }, near).progress).toBe(1);
  });

  test("has a command that makes the same plan", () => {
    expect(commandForPlan({ kind: "replace", learner: "4", target: "3" }, nameOf)).toBe(
      "rollcall replace n3 --with n4",
    );
    expect(commandForPlan({ kind: "promote", learner: "9" }, nameOf)).toBe(
      "rollcall promote 9 --when-caught-up",
    );
  });

  test("has two commands where a node has to be added first: the learner, fenced, and then the plan", () => {
    const addition = { kind: "add-learner", id: "5", name: "n5", address: "10.0.0.5:7500" } as const;
    const command = (more: { start?: "local" }) =>
      commandForReplaceByNew("3", { ...addition, ...more }, '"e1:56"', nameOf);
    expect(command({})).toBe(
      "rollcall add-learner --id 5 --address 10.0.0.5:7500 --name n5 --if-match e1:56 && rollcall replace n3 --with 5",
    );
    expect(command({ start: "local" })).toMatch(/^rollcall add-learner --here --id 5 /);
  });

  test("a plan that adds its own node names it before it has an id, and counts the console's steps", () => {
    const newcomer = { name: "n9", peerUrls: ["http://h9:2380"] };
    const adding = { learner: null, newcomer, step: "adding", place: { step: 2, of: 4 } } as const;
    const gone = { ...status, configuration: plain(["1", "2"]) };
    expect(words({ ...adding, waitingFor: null }, gone)).toMatchObject({
      title: "Replacing n3 with n9",
      line: "Step 2 of 4 - adding n9 as learner",
      remains: "n9 was not added; n3 is no member. Nothing is undone.",
    });
    const unnamed = statusOf([...voters(3), learner({ id: "9", name: "", word: "Not started" })]);
    const started = { ...adding, learner: "9", step: "starting" } as const;
    const nameless = describePlan(
      { ...plan, ...started, waitingFor: null },
      unnamed,
      namesOf(unnamed.members),
    );
    expect(nameless.line).toBe("Step 2 of 4 - waiting for n9 to be started");
    expect(words({ ...adding, step: "promoting", waitingFor: null }).line).toMatch(/n9 becoming a voter$/);
    expect(words({ ...adding, step: "removing", waitingFor: null }).line).toMatch(/removing n3$/);
  });

  test("a queued learner is no plan that another one has to wait for", () => {
    const queued = { ...plan, id: "request-2", kind: "add-learner", learner: null, target: null } as const;
    const newcomer = { name: "n5", peerUrls: ["http://h5:2380"] };
    const both = { ...status, plans: [{ ...queued, newcomer }] };
    expect(planUnderWay(both)).toBeUndefined();
    expect(plansUnderWay(both)).toHaveLength(1);
    expect(describePlan({ ...queued, newcomer, waitingFor: "room" }, both, nameOf)).toMatchObject({
      title: "Adding n5 when there is room",
    });
    expect(commandForPlan({ kind: "add-learner", ...newcomer }, nameOf)).toBe(
      "rollcall add-learner --name n5 --peer-urls http://h5:2380 --when-room",
    );
    expect(commandForPlan({ kind: "replace", target: "3", ...newcomer }, nameOf)).toBe(
      "rollcall replace n3 --name n5 --peer-urls http://h5:2380",
    );
  });

  test("only an unfinished plan is under way", () => {
    expect(planUnderWay(status)?.id).toBe("request-1");
    expect(planUnderWay({ ...status, plans: [{ ...plan, state: "done" }] })).toBeUndefined();
    expect(planUnderWay(undefined)).toBeUndefined();
  });
});
