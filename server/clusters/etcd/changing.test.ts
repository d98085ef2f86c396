import { expect, it } from "vitest";
import { describeEachEtcd } from "./testing/each_version";
import type { RealEtcd } from "./testing/real_etcd";

describeEachEtcd("changing", ({ isCurrent, cluster, attach }) => {
  async function ready(size: number): Promise<{ etcd: RealEtcd; console: ReturnType<typeof attach> }> {
    const etcd = await cluster(size);
    const console = attach(etcd.endpoints);
    await console.settled(size);
    return { etcd, console };
  }

  function add(console: ReturnType<typeof attach>, name: string, peerUrl: string) {
    return console.made({ kind: "add-learner", name, peerUrls: [peerUrl] });
  }

  it("adds a learner, starts it by the command told, promotes it, moves the lead to it and removes another", async () => {
    const { etcd, console } = await ready(3);
    const { peerUrl } = await etcd.freeUrls();
    const before = console.view.snapshot.committedIndex;
    const added = await add(console, "n4", peerUrl);
    expect(added.membership.snapshot.learners).toEqual([added.learner?.id]);
    expect(added.index).toBeGreaterThan(before);
    expect(added.learner).toMatchObject({ name: "n4", address: peerUrl });
    const { command = "" } = added.learner ?? {};
    expect(command).toMatch(
      /^etcd --name n4 --data-dir n4\.etcd --initial-cluster \S+ --initial-cluster-state existing/,
    );
    await console.until("n4 unstarted", () => console.member("n4").health.word === "Not started");
    expect(console.member("n4").promotable).toEqual({ ok: false, reason: "it has not been started yet" });

    await console.until("the lag as the leader has it", () => (console.member("n4").lag?.entries ?? 0) > 0);
    await etcd.startByCommand("n4", command);
    await console.until("n4 ready to vote", () => console.member("n4").promotable?.ok === true);
    const { id } = console.member("n4");
    const promoted = await console.applied({ kind: "promote", id });
    expect(promoted.membership.snapshot.members).toContain(id);
    expect(promoted.membership.snapshot.learners).toEqual([]);
    await console.settled(4);

    const { leadership } = console.status;
    const moved = await console.cluster.transfer(
      id,
      { leader: leadership.id, term: leadership.term },
      console.context(),
    );
    expect(moved).toMatchObject({ ok: true, answer: { leader: { id } } });
    await console.until(
      "n4 to lead",
      (status) => status.leadership.id === id && status.leadership.agree === 4,
    );

    const n1 = console.member("n1").id;
    const removed = await console.made({ kind: "remove", id: n1 });
    expect(removed.membership.snapshot.members).not.toContain(n1);
    const status = await console.settled(3);
    expect(status.notices).toContainEqual(
      expect.objectContaining({ id: `removed-${n1}`, advice: expect.stringContaining("wipe the directory") }),
    );
    const { entries } = await console.cluster.history(0, 1000);
    expect(
      entries
        .map(({ kind, outcome, actor }) => [kind, outcome, actor])
        .filter(([, outcome]) => outcome === "applied"),
    ).toEqual([
      ["add-learner", "applied", "tester"],
      ["promote", "applied", "tester"],
      ["transfer", "applied", "tester"],
      ["remove", "applied", "tester"],
    ]);
  });

  it("gives a repeated request its first answer, and tells another under the same id from it", async () => {
    const { etcd, console } = await ready(1);
    const { peerUrl } = await etcd.freeUrls();
    const action = { kind: "add-learner" as const, name: "n2", peerUrls: [peerUrl] };
    const context = console.context({ requestId: "the-same-id" });
    const first = await console.cluster.act(action, context);
    expect(first.ok).toBe(true);
    expect(await console.cluster.act(action, context)).toEqual(first);
    const other = await console.cluster.act({ ...action, name: "n3" }, context);
    expect(other).toMatchObject({ ok: false, problem: { code: "request-id-reused" } });
    expect(await console.cluster.requestOutcome("the-same-id")).toMatchObject({ state: "applied" });
  });

  it("does nothing for a fence that was lost", async () => {
    const { etcd, console } = await ready(1);
    const old = console.context();
    const { peerUrl } = await etcd.freeUrls();
    await add(console, "n2", peerUrl);
    const other = await etcd.freeUrls();
    const problem = await console.refused(
      { kind: "add-learner", peerUrls: [other.peerUrl] },
      { fence: old.fence },
    );
    expect(problem).toMatchObject({ code: "fence-lost", membership: console.view });
    expect(console.view.snapshot.learners).toHaveLength(1);
  });

  it("sees changes made elsewhere, and records them so", async () => {
    const { etcd, console } = await ready(1);
    const second = attach(etcd.endpoints);
    await second.settled(1);
    const { peerUrl } = await etcd.freeUrls();
    const answer = await add(second, "n2", peerUrl);
    await console.until("the learner", ({ configuration }) => configuration.learners.length === 1);
    const { entries } = await console.cluster.history(0, 10);
    expect(entries).toMatchObject([
      { kind: "add-learner", actor: "made elsewhere", changes: [{ id: answer.learner?.id }] },
    ]);
  });

  it("updates a voter's peer URLs and refuses a learner's where etcd would forget what it is", async () => {
    const { etcd, console } = await ready(3);
    const { peerUrl } = await etcd.freeUrls();
    await etcd.signal("n3", "SIGKILL");
    await console.until("n3 down and another leader", ({ leadership }) => {
      return leadership.agree === 2 && leadership.id !== console.member("n3").id;
    });
    const { id } = console.member("n3");
    const before = console.view.snapshot.committedIndex;
    const answer = await console.applied({ kind: "update-address", id, peerUrls: [peerUrl] });
    await console.until("the new URL", () => console.member("n3").address === peerUrl);
    const { entries } = await console.cluster.history(0, 10);
    expect(entries).toMatchObject([{ kind: "update-address", outcome: "applied", actor: "tester" }]);
    expect(answer.index).toBeGreaterThanOrEqual(before);
    const n1 = etcd.member("n1").peerUrl;
    expect(await console.refused({ kind: "update-address", id, peerUrls: [n1] })).toMatchObject({
      code: "address-taken",
    });
  });

  it("refuses to update a learner's peer URLs before the versions that keep it a learner", async () => {
    const { etcd, console } = await ready(1);
    const { peerUrl } = await etcd.freeUrls();
    const added = await add(console, "n2", peerUrl);
    const other = await etcd.freeUrls();
    const update = {
      kind: "update-address" as const,
      id: added.learner?.id ?? "",
      peerUrls: [other.peerUrl],
    };
    if (isCurrent) {
      await console.applied(update);
      await console.until("the new URL", () => console.member("n2").address === other.peerUrl);
      expect(console.member("n2").role).toBe("learner");
    } else {
      expect(await console.refused(update)).toMatchObject({
        code: "invalid-change",
        detail: expect.stringContaining("21694"),
      });
      expect(console.status.notices.map(({ id }) => id)).toContain("learner-flag");
    }
  });

  it("goes on from its record after a restart of the console", async () => {
    const { etcd, console } = await ready(1);
    const { peerUrl } = await etcd.freeUrls();
    await add(console, "n2", peerUrl);
    const view = console.view;
    const directory = await console.leave();
    const again = attach(etcd.endpoints, {}, directory);
    expect(again.view).toEqual(view);
    await again.until("the members", ({ members }) => members.length === 2);
    expect(again.view).toEqual(view);
    expect(again.member("n2").health.word).toBe("Not started");
  });

  it("shows what it cannot do, and changes nothing where it is read-only", async () => {
    const { etcd } = await ready(1);
    const console = attach(etcd.endpoints, { readOnly: true });
    await console.settled(1);
    const { id } = console.member("n1");
    expect(console.cluster.capabilities.demote).toMatchObject({
      ok: false,
      reason: expect.stringContaining("cannot demote"),
    });
    expect(await console.refused({ kind: "demote", id })).toMatchObject({ code: "read-only" });
    expect(await console.refused({ kind: "remove", id })).toMatchObject({ code: "read-only" });
  });
});
