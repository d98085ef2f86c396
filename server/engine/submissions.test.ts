import { describe, expect, it } from "vitest";
import { MemoryLog } from "../raft/memory_log";
import type { RequestFault } from "../transport/types";
import type { Node } from "./node";
import { encodeBody } from "./payload";
import { Registry } from "./registry";
import type { LeaderAnswer, LeaderRequest } from "./requests";
import { changeKey, type SubmissionResult, Submissions } from "./submissions";

const REQUEST: LeaderRequest = {
  kind: "change",
  requestId: "r",
  expectedIndex: null,
  actor: "",
  changes: [{ kind: "promote", id: 4 }],
};
const BUSY: LeaderAnswer = {
  kind: "refused",
  refusal: { code: "change-in-progress", change: undefined },
};

/** A follower of leader 2; the test is the leader and answers by hand. */
function follower(request = REQUEST) {
  let now = 0;
  let standing: Node["standing"] = { kind: "member" };
  const asked: ((answer: Uint8Array | RequestFault) => void)[] = [];
  const confirm: ((done: boolean) => void)[] = [];
  const node = {
    id: 1,
    get standing() {
      return standing;
    },
    leader: { current: { leader: 2, term: 1 } },
    isLeader: false,
    running: true,
    appliedIndex: 0,
    log: new MemoryLog(),
    membership: { current: { committedIndex: 0 } },
    registry: Registry.empty(),
  };
  const submissions = new Submissions(
    node as unknown as Node,
    { now: () => now, wall: () => now },
    () => ({ kind: "not-leader" }),
    (_to, _body, _timeoutMs, done) => asked.push(done),
    () => new Promise((done) => confirm.push(done)),
  );
  const results: SubmissionResult[] = [];
  const submit = () =>
    submissions.submit(changeKey("r"), request, 5000).then((result) => results.push(result));
  const answer = (body: LeaderAnswer | RequestFault) =>
    asked.shift()?.("detail" in body ? body : encodeBody(body));
  const tick = (ms: number) => {
    now += ms;
    submissions.tick();
  };
  const remove = (index: number, by?: string) => {
    standing = { kind: "removed", index, by };
  };
  /** An entry of `term` is committed and applied here; it is nobody's who waits. */
  const apply = (term: number) => {
    node.appliedIndex += 1;
    node.log.append([{ index: node.appliedIndex, term, type: "normal", data: new Uint8Array() }]);
    submissions.onApplied({ index: node.appliedIndex, term, outcome: { kind: "none" } });
  };
  /** A linearizable read says whether there really is nothing to do. */
  const confirmed = async (done: boolean) => {
    confirm.shift()?.(done);
    await Promise.resolve();
  };
  return { submit, answer, confirmed, tick, remove, apply, asked, results };
}

describe("a change whose first copy went unanswered", () => {
  it("is not called refused because another change is in progress: the copy may still be taken", async () => {
    const { submit, answer, tick, results } = follower();
    const done = submit();
    answer({ kind: "unanswered", detail: "lost" });
    tick(50);
    answer(BUSY);
    tick(5000);
    await done;
    expect(results).toMatchObject([{ kind: "unknown" }]);
  });

  it("is not called refused by a guard's word on a later copy, whatever its code", async () => {
    const { submit, answer, tick, results } = follower();
    const done = submit();
    answer({ kind: "unanswered", detail: "lost" });
    tick(50);
    answer({ kind: "refused", refusal: { code: "invalid-change", detail: "not now" } });
    tick(5000);
    await done;
    expect(results).toMatchObject([{ kind: "unknown" }]);
  });

  it("is refused where the refusal holds for every copy", async () => {
    const { submit, answer, tick, results } = follower();
    const done = submit();
    answer({ kind: "unanswered", detail: "lost" });
    tick(50);
    answer({ kind: "refused", final: true, refusal: { code: "request-closed", detail: "closed" } });
    await done;
    expect(results).toMatchObject([{ kind: "refused" }]);
  });
});

describe("a change that was never out of sight", () => {
  it("is refused at once when another one is in progress", async () => {
    const { submit, answer, results } = follower();
    const done = submit();
    answer(BUSY);
    await done;
    expect(results).toMatchObject([{ kind: "refused" }]);
  });
});

describe("a change that makes no difference", () => {
  const DONE: LeaderAnswer = { kind: "done", index: 0, changed: false };

  it("is answered once that is confirmed, and offered again where it is not", async () => {
    const { submit, answer, confirmed, tick, asked, results } = follower();
    const done = submit();
    answer(DONE);
    expect(results).toEqual([]);
    await confirmed(false);
    tick(50);
    expect(asked.length).toBe(1);
    answer(DONE);
    await confirmed(true);
    await done;
    expect(results).toMatchObject([{ kind: "applied", changed: false }]);
  });

  it.each([
    ["certainly not done", false, "refused"],
    ["unknown where an earlier copy went unanswered", true, "unknown"],
  ])("is %s when nobody confirms it in time", async (_what, doubted, kind) => {
    const { submit, answer, tick, results } = follower();
    const done = submit();
    if (doubted) {
      answer({ kind: "unanswered", detail: "lost" });
      tick(50);
    }
    answer(DONE);
    tick(5000);
    await done;
    expect(results).toMatchObject([{ kind }]);
  });

  it("keeps its doubts over an answer that is not confirmed", async () => {
    const { submit, answer, confirmed, tick, results } = follower();
    const done = submit();
    answer({ kind: "unanswered", detail: "lost" });
    tick(50);
    answer(DONE);
    await confirmed(false);
    tick(50);
    answer(BUSY);
    tick(5000);
    await done;
    expect(results).toMatchObject([{ kind: "unknown" }]);
  });

  it("asked for again meanwhile, asks again", () => {
    const { submit, answer, asked } = follower();
    void submit();
    answer(DONE);
    void submit();
    expect(asked.length).toBe(1);
  });
});

describe("a change that lost its place in the log to another entry", () => {
  it.each(["before", "after"])("is offered again where the leader's answer comes %s that one", (order) => {
    const { submit, answer, tick, apply, asked } = follower();
    void submit();
    if (order === "after") apply(2);
    answer({ kind: "appended", index: 1, term: 1 });
    if (order === "before") apply(2);
    tick(50);
    expect(asked.length).toBe(1);
  });

  it("waits while its place is only known to be taken by an entry of its term, or not yet known", () => {
    const { submit, answer, tick, apply, asked } = follower();
    void submit();
    apply(1);
    answer({ kind: "appended", index: 2, term: 1 });
    tick(50);
    apply(1);
    tick(50);
    expect(asked.length).toBe(0);
  });
});

describe("a repeat of a change that waits for the leader's answer", () => {
  it("asks again, since the first answer reaches nobody", () => {
    const { submit, answer, tick, asked } = follower();
    void submit();
    void submit();
    answer({ kind: "later" });
    tick(50);
    expect(asked.length).toBe(1);
  });
});

describe("a node that was asked to remove itself", () => {
  const OWN: LeaderRequest = { ...REQUEST, changes: [{ kind: "remove", id: 1 }] };

  it("answers by its own removal, the last it is told", async () => {
    const { submit, answer, tick, remove, results } = follower(OWN);
    const done = submit();
    answer({ kind: "appended", index: 7, term: 1 });
    remove(7, "r");
    tick(50);
    await done;
    expect(results).toMatchObject([{ kind: "applied", index: 7, changed: true }]);
  });

  it("calls it unknown where another removal took it out, be it at the same place", async () => {
    const { submit, answer, tick, remove, results } = follower(OWN);
    const done = submit();
    answer({ kind: "appended", index: 7, term: 1 });
    remove(7, "another");
    tick(50);
    expect(results).toEqual([]);
    tick(5000);
    await done;
    expect(results).toMatchObject([{ kind: "unknown" }]);
  });

  it("does not answer a request for something else by it", async () => {
    const { submit, answer, tick, remove, results } = follower();
    const done = submit();
    answer({ kind: "appended", index: 7, term: 1 });
    remove(7);
    tick(5000);
    await done;
    expect(results).toMatchObject([{ kind: "unknown" }]);
  });
});
