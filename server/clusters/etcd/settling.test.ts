import { expect, it } from "vitest";
import type { RequestOutcome } from "../../../protocol/api";
import type { Attached } from "./testing/attached";
import { describeEachEtcd } from "./testing/each_version";
import { eventually, type RealEtcd } from "./testing/real_etcd";

describeEachEtcd("doubts about", ({ cluster, attach }) => {
  /** Asks until the doubt is ended. */
  async function settled(console: Attached, requestId: string): Promise<RequestOutcome> {
    let outcome: RequestOutcome | undefined;
    await eventually(async () => {
      const answer = await console.cluster.settleRequest(requestId);
      if ("state" in answer) outcome = answer;
      return outcome !== undefined;
    }, `request ${requestId} to be settled`);
    if (outcome === undefined) throw new Error("never");
    return outcome;
  }

  /** Three members, and a console that freezes some of them at the very moment a request goes out. */
  async function freezing(whom: (leader: string) => readonly string[]) {
    const etcd = await cluster(3);
    const frozen: string[] = [];
    const state: { console?: Attached } = {};
    const log = (_level: string, text: string) => {
      if (!/goes to/.test(text) || frozen.length > 0) return;
      const leader = state.console?.status.members.find(
        ({ id }) => id === state.console?.status.leadership.id,
      );
      frozen.push(...whom(leader?.name ?? ""));
      for (const name of frozen) etcd.freeze(name);
    };
    const console = attach(etcd.endpoints, { log });
    state.console = console;
    await console.settled(3);
    return { etcd, console, frozen };
  }

  /** Whether the verdict is what the cluster itself says now, and the history says the same. */
  async function agrees(console: Attached, etcd: RealEtcd, requestId: string, id: string, url: string) {
    const outcome = await settled(console, requestId);
    const second = attach(etcd.endpoints);
    await second.settled(3);
    const isSo = second.status.members.find((member) => member.id === id)?.address === url;
    expect(outcome.state).toBe(isSo ? "applied" : "not-applied");
    expect(await console.cluster.settleRequest(requestId)).toEqual(outcome);
    const { entries } = await console.cluster.history(0, 100);
    const mine = entries.filter((entry) => entry.requestId === requestId).map((entry) => entry.outcome);
    expect(mine).toEqual(["unknown", isSo ? "applied" : "rejected"]);
  }

  it("a change whose followers froze: not settled before they thaw, and then as it is", async () => {
    const { etcd, console, frozen } = await freezing((leader) =>
      ["n1", "n2", "n3"].filter((name) => name !== leader),
    );
    const url = (await etcd.freeUrls()).peerUrl;
    const target = console.member("n1").id === console.status.leadership.id ? "n2" : "n1";
    const { id } = console.member(target);
    const context = console.context({ timeoutMs: 2000 });
    const result = await console.cluster.act({ kind: "update-address", id, peerUrls: [url] }, context);
    expect(result).toMatchObject({
      ok: false,
      problem: { code: "outcome-unknown", requestId: context.requestId },
    });
    expect(await console.cluster.settleRequest(context.requestId)).toMatchObject({ code: "no-leader" });
    for (const name of frozen) await etcd.signal(name, "SIGCONT");
    await agrees(console, etcd, context.requestId, id, url);
  });

  it("a change whose leader froze with it in hand: nobody says 'not applied' while it could wake and do it", async () => {
    const { etcd, console, frozen } = await freezing((leader) => [leader]);
    const url = (await etcd.freeUrls()).peerUrl;
    const target = console.member("n1").id === console.status.leadership.id ? "n2" : "n1";
    const { id } = console.member(target);
    const context = console.context({ timeoutMs: 2000 });
    const result = await console.cluster.act({ kind: "update-address", id, peerUrls: [url] }, context);
    expect(result).toMatchObject({ ok: false, problem: { code: "outcome-unknown" } });
    await console.until("another leader", ({ leadership }) => leadership.agree === 2);
    const told = await console.cluster.settleRequest(context.requestId);
    expect(told).toMatchObject({
      code: "no-leader",
      detail: expect.stringContaining("may still carry it out"),
    });
    for (const name of frozen) await etcd.signal(name, "SIGCONT");
    await agrees(console, etcd, context.requestId, id, url);
  });

  it("a change that a console left behind: its next run ends the doubt, once everybody who may have been asked answers", async () => {
    const { etcd, console, frozen } = await freezing((leader) =>
      ["n1", "n2", "n3"].filter((name) => name !== leader),
    );
    const url = (await etcd.freeUrls()).peerUrl;
    const target = console.member("n1").id === console.status.leadership.id ? "n2" : "n1";
    const { id } = console.member(target);
    const context = console.context({ timeoutMs: 2000 });
    await console.cluster.act({ kind: "update-address", id, peerUrls: [url] }, context);
    const again = attach(etcd.endpoints, {}, await console.leave());
    expect(again.book.openRequest(context.requestId)?.state).toBe("unknown");
    expect(await again.cluster.settleRequest(context.requestId)).toMatchObject({ code: "no-leader" });
    for (const name of frozen) await etcd.signal(name, "SIGCONT");
    await agrees(again, etcd, context.requestId, id, url);
  });

  it("a request this console never took: closed as not applied", async () => {
    const etcd = await cluster(1);
    const console = attach(etcd.endpoints);
    await console.settled(1);
    expect(await console.cluster.settleRequest("never-heard-of")).toEqual({ state: "not-applied" });
  });
});
