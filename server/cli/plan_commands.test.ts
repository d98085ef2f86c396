import { tmpdir } from "node:os";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { ownStretch } from "../testing/ports";
import { exitCodes } from "./exit_codes";
import { runProgram } from "./program";
import { until, Workplace } from "./testing/command";
import { recorded } from "./testing/surroundings";

let place: Workplace;

beforeAll(Workplace.prepare);
beforeEach(() => {
  place = new Workplace();
});
afterEach(() => place.cleanUp());

async function voters(): Promise<string[]> {
  const { out } = await place.run(["members", "--json"]);
  return JSON.parse(out).membership.snapshot.members;
}

async function votersAre(...ids: string[]): Promise<void> {
  await until(async () => (await voters()).join() === ids.join());
}

test("a voter is replaced by a learner, and a learner promoted, by plans that the cluster carries out", async () => {
  const up = place.start(["up", "--port", String(await ownStretch())]);
  await up.says("Rollcall:");
  await until(async () => (await place.run(["add-learner", "--here"])).code === 0);
  const made = await place.run(["replace", "n3", "--with", "n4"]);
  expect(made).toMatchObject({ code: 0 });
  expect(made.out).toMatch(/^Plan made: Replacing n3 with n4\./);
  await votersAre("1", "2", "4");

  await until(async () => (await place.run(["add-learner", "--address", "127.0.0.1:9"])).code === 0);
  await until(async () => (await place.run(["promote", "n5", "--when-caught-up"])).code === 0);
  const told = /^Promoting n5 when caught up, by \S+: Step 1 of 2 - waiting: n5/m;
  await until(async () => told.test((await place.run(["members"])).out));
  const second = await place.run(["replace", "n2", "--with", "n5"]);
  expect(second.code).toBe(1);
  expect(second.err).toContain("another one under way");
  expect(await voters()).toEqual(["1", "2", "4"]);
});

test("a voter is replaced by a node that this machine starts, in one command", async () => {
  const up = place.start(["up", "--port", String(await ownStretch())]);
  await up.says("Rollcall:");
  await until(async () => (await place.run(["members", "--json"])).code === 0);
  const made = await place.run(["replace", "n3", "--here"]);
  expect(made).toMatchObject({ code: 0 });
  expect(made.out).toMatch(/^Applied at index \d+\. n4 is a learner\.\nPlan made: Replacing n3 with n4\./);
  await votersAre("1", "2", "4");
});

test("what a plan cannot be made of ends before anything is asked", async () => {
  for (const [words, said] of [
    [["replace", "n3"], "By which learner?"],
    [["replace", "n3", "--with", "n4", "--here"], "By which learner?"],
    [["replace", "n3", "--here", "--request-id", "request-1"], "takes no --request-id"],
    [["promote", "n4", "--when-caught-up", "--if-match", "e1:5"], "takes no --if-match"],
  ] as const) {
    const record = recorded(tmpdir());
    expect(await runProgram(words, record.surroundings)).toBe(exitCodes.usage);
    expect(record.err()).toContain(said);
  }
});
