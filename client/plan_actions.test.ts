import { describe, expect, it } from "vitest";
import { problem } from "../protocol/problem";
import { createPlanActions } from "./plan_actions";
import { VirtualClock } from "./testing/virtual_clock";

function actionsAnswering(answer: () => Promise<Response>) {
  const sent: { url: string; body: unknown; id: string | null }[] = [];
  const clock = new VirtualClock();
  const actions = createPlanActions({
    ...clock.ports,
    fetch: (url, init) => {
      const id = new Headers(init.headers).get("idempotency-key");
      sent.push({ url, body: JSON.parse(String(init.body)), id });
      return answer();
    },
    requestId: () => "request-1",
    deadlineMs: 10_000,
    graceMs: 2000,
  });
  return { actions, sent };
}

const replace = { kind: "replace", learner: "4", target: "3" } as const;

describe("guided plans", () => {
  it("are made under a request id, which is the plan's", async () => {
    const { actions, sent } = actionsAnswering(() => Promise.resolve(Response.json({ id: "request-1" })));
    expect(await actions.create("local", replace)).toEqual({ kind: "done", id: "request-1" });
    expect(sent).toEqual([{ url: "/api/clusters/local/plans", body: replace, id: "request-1" }]);
  });

  it("are steered by their id", async () => {
    const { actions, sent } = actionsAnswering(() => Promise.resolve(Response.json({ id: "request-1" })));
    expect(await actions.steer("local", "request-1", "pause")).toEqual({ kind: "done", id: "request-1" });
    expect(sent).toEqual([{ url: "/api/clusters/local/plans/request-1/pause", body: {}, id: null }]);
  });

  it("are refused with the server's reason", async () => {
    const busy = problem("invalid-change", "Nothing was done: root has another one under way.");
    const { actions } = actionsAnswering(() => Promise.resolve(Response.json(busy, { status: 409 })));
    expect(await actions.create("local", replace)).toEqual({ kind: "refused", problem: busy });
  });

  it("without a readable answer may have been made, and are repeated under the same id", async () => {
    const lost = problem("outcome-unknown", "No outcome was seen in time.", { requestId: "request-1" });
    for (const answer of [
      () => Promise.reject(new TypeError("failed to fetch")),
      () => Promise.resolve(Response.json(lost, { status: 504 })),
      () => Promise.resolve(new Response("<html>", { status: 502 })),
    ]) {
      const { actions, sent } = actionsAnswering(answer);
      expect(await actions.create("local", replace)).toEqual({ kind: "outcome-unknown", id: "request-1" });
      await actions.create("local", replace, "request-0");
      expect(sent[1]?.id).toBe("request-0");
    }
  });
});
