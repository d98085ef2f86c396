import { describe, expect, it } from "vitest";
import { problem } from "../protocol/problem";
import { createMachineActions } from "./machine_actions";
import { VirtualClock } from "./testing/virtual_clock";

function actionsAnswering(answer: () => Promise<Response>) {
  const sent: [string, unknown][] = [];
  const clock = new VirtualClock();
  const actions = createMachineActions({
    ...clock.ports,
    fetch: (url, init) => {
      sent.push([url, JSON.parse(String(init.body))]);
      return answer();
    },
  });
  return { actions, sent };
}

describe("actions on processes of this machine", () => {
  it("are posted to the process, or to the load", async () => {
    const { actions, sent } = actionsAnswering(() => Promise.resolve(Response.json({})));
    expect(await actions.process("3", "kill")).toEqual({ kind: "done" });
    expect(await actions.process("3", "stop", true)).toEqual({ kind: "done" });
    expect(await actions.setLoad(1000)).toEqual({ kind: "done" });
    expect(sent).toEqual([
      ["/api/machine/processes/3/kill", {}],
      ["/api/machine/processes/3/stop", { confirmQuorumLoss: true }],
      ["/api/machine/load", { ratePerSecond: 1000 }],
    ]);
  });

  it("ask once before quorum is stopped", async () => {
    const asks = problem("would-stop-quorum", "This loses quorum; starting it again brings it back.");
    const { actions } = actionsAnswering(() => Promise.resolve(Response.json(asks, { status: 409 })));
    expect(await actions.process("3", "stop")).toEqual({ kind: "needs-confirmation", problem: asks });
  });

  it("are refused with the server's reason", async () => {
    const frozen = problem("process-state", "n3 is frozen.");
    const { actions } = actionsAnswering(() => Promise.resolve(Response.json(frozen, { status: 409 })));
    expect(await actions.process("3", "start")).toEqual({ kind: "refused", problem: frozen });
  });

  it("may end without an answer", async () => {
    for (const answer of [
      () => Promise.reject(new TypeError("failed to fetch")),
      () => Promise.resolve(new Response("<html>", { status: 502 })),
    ]) {
      expect(await actionsAnswering(answer).actions.process("3", "kill")).toEqual({ kind: "no-answer" });
    }
  });
});
