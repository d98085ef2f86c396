import { describe, expect, it } from "vitest";
import { ManualTimers } from "../testing/manual_timers";
import { type LeaderProgress, parseProgress } from "./leader_progress";
import { ProgressWatch } from "./progress_watch";
import { promotableOf } from "./promotion_gate";
import { memberOf, reportOf } from "./testing/answers";

/** As a leader of 3.4.23 and 3.6.14 tells it, shortened. */
function vars(more: object = {}): string {
  const progress = {
    "2e1259d415f2a040": { match: 1000, next: 1001, state: "StateReplicate" },
    "4": { match: 850, next: 851, state: "StateSnapshot" },
  };
  const status = {
    id: "2e1259d415f2a040",
    lead: "2e1259d415f2a040",
    term: 2,
    commit: 999,
    progress,
    ...more,
  };
  return JSON.stringify({ cmdline: ["etcd"], "raft.status": status });
}

describe("what the leader tells of its members' logs", () => {
  it("is read with ids as the wire has them", () => {
    const progress = parseProgress(vars());
    expect(progress).toMatchObject({ leader: "3319814642761637952", term: 2, committedIndex: 999 });
    expect(progress?.members.get("4")).toEqual({ match: 850, receivesSnapshot: true });
  });

  it("is nothing where another leads, or the page is another", () => {
    expect(parseProgress(vars({ lead: "4" }))).toBeUndefined();
    expect(parseProgress(vars({ progress: undefined }))).toBeUndefined();
    expect(parseProgress("404 page not found")).toBeUndefined();
    expect(parseProgress("{}")).toBeUndefined();
  });

  it("decides the gate, before what the learner applied", () => {
    const learner = memberOf(4, { isLearner: true });
    const report = reportOf(learner, 0, { applied: 1000n });
    const input = { learner, report, now: 0, leaderIndex: 1000, members: [memberOf(1), learner] };
    expect(promotableOf({ ...input, progress: undefined })).toEqual({ ok: true });
    expect(promotableOf({ ...input, progress: parseProgress(vars()) })).toMatchObject({
      ok: false,
      reason: expect.stringContaining("85 %"),
    });
  });
});

describe("watching it", () => {
  async function turns(): Promise<void> {
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  }

  it("asks only while it is wanted, rests where it cannot be had, and forgets what is old", async () => {
    const timers = new ManualTimers();
    const asked: string[] = [];
    let wanted: string | undefined;
    let answer: LeaderProgress | undefined = parseProgress(vars());
    const ask = async (url: string) => {
      asked.push(url);
      return answer;
    };
    const watch = new ProgressWatch({ timers, wanted: () => wanted, ask });
    timers.advance(5000);
    expect(asked).toEqual([]);
    wanted = "http://n1";
    timers.advance(1000);
    await turns();
    expect(watch.current?.committedIndex).toBe(999);
    answer = undefined;
    timers.advance(1000);
    await turns();
    timers.advance(3000);
    expect(watch.current).toBeUndefined();
    expect(asked).toHaveLength(2);
    timers.advance(30_000);
    expect(asked).toHaveLength(3);
    watch.close();
    expect(timers.pending).toBe(0);
  });

  it("takes what cannot even be asked for no answer, and tries it again later", async () => {
    const timers = new ManualTimers();
    let asked = 0;
    const ask = () => {
      asked += 1;
      return Promise.reject(new Error("Invalid URL"));
    };
    const watch = new ProgressWatch({ timers, wanted: () => "http://n1", ask });
    timers.advance(1000);
    await turns();
    expect(watch.current).toBeUndefined();
    timers.advance(31_000);
    expect(asked).toBe(2);
    watch.close();
  });
});
