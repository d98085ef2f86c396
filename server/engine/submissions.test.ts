import { describe, expect, it } from "vitest";
import type { RequestFault } from "../transport/types";
import type { Node } from "./node";
import { encodeBody } from "./payload";
import type { LeaderAnswer, LeaderRequest } from "./requests";
import { changeKey, type SubmissionResult, Submissions } from "./submissions";

const REQUEST: LeaderRequest = {
  kind: "change",
  requestId: "r",
  expectedIndex: null,
  actor: "",
  changes: [{ kind: "promote", id: 4 }],
  notAfter: 10_000,
};
const BUSY: LeaderAnswer = {
  kind: "refused",
  refusal: { code: "change-in-progress", change: undefined },
};

/** A follower of leader 2; the test is the leader and answers by hand. */
function follower() {
  let now = 0;
  const asked: ((answer: Uint8Array | RequestFault) => void)[] = [];
  const node = {
    leader: { current: { leader: 2, term: 1 } },
    isLeader: false,
    running: true,
    appliedIndex: 0,
  };
  const submissions = new Submissions(
    node as unknown as Node,
    { now: () => now, wall: () => now },
    () => ({ kind: "not-leader" }),
    (_to, _body, _timeoutMs, done) => asked.push(done),
  );
  const results: SubmissionResult[] = [];
  const submit = () =>
    submissions.submit(changeKey("r"), REQUEST, 5000).then((result) => results.push(result));
  const answer = (body: LeaderAnswer | RequestFault) =>
    asked.shift()?.("detail" in body ? body : encodeBody(body));
  const tick = (ms: number) => {
    now += ms;
    submissions.tick();
  };
  return { submit, answer, tick, asked, results };
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

  it("is refused where the refusal holds for every copy", async () => {
    const { submit, answer, tick, results } = follower();
    const done = submit();
    answer({ kind: "unanswered", detail: "lost" });
    tick(50);
    answer({ kind: "refused", refusal: { code: "request-closed", detail: "closed" } });
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
