import { expect, it } from "vitest";
import { describeEachEtcd } from "./testing/each_version";
import { eventually, type RealEtcd } from "./testing/real_etcd";

async function post(etcd: RealEtcd, path: string, body: unknown): Promise<void> {
  const answer = await etcd.post("n1", path, body);
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
}

/** Switches authentication on: the user root may do everything, the user looker has no role. */
async function enableAuth(etcd: RealEtcd): Promise<void> {
  await post(etcd, "auth/user/add", { name: "root", password: "of all" });
  await post(etcd, "auth/user/add", { name: "looker", password: "of some" });
  await post(etcd, "auth/role/add", { name: "root" });
  await post(etcd, "auth/user/grant", { user: "root", role: "root" });
  await post(etcd, "auth/enable", {});
}

/** A token of root's, as somebody else would get one. */
async function tokenOf(etcd: RealEtcd, password = "of all"): Promise<string> {
  const answer = await etcd.post("n1", "auth/authenticate", { name: "root", password });
  return ((await answer.json()) as { readonly token: string }).token;
}

describeEachEtcd("access to", ({ isCurrent, cluster, attach }) => {
  it("with user and password: root reads and changes", async () => {
    const etcd = await cluster(1);
    await enableAuth(etcd);
    const console = attach(etcd.endpoints, { credentials: { user: "root", password: "of all" } });
    await console.settled(1);
    const { peerUrl } = await etcd.freeUrls();
    const answer = await console.made({ kind: "add-learner", name: "n2", peerUrls: [peerUrl] });
    expect(answer.membership.snapshot.learners).toHaveLength(1);
  });

  it("a token that a restarted member no longer knows is asked for anew", async () => {
    const etcd = await cluster(1);
    await enableAuth(etcd);
    const console = attach(etcd.endpoints, { credentials: { user: "root", password: "of all" } });
    await console.settled(1);
    await etcd.signal("n1", "SIGKILL");
    await console.until("n1 down", () => console.member("n1").health.state === "down");
    etcd.start("n1");
    await console.settled(1);
    const { peerUrl } = await etcd.freeUrls();
    const answer = await console.made({ kind: "add-learner", name: "n2", peerUrls: [peerUrl] });
    expect(answer.membership.snapshot.learners).toHaveLength(1);
  });

  it("with a token that was made elsewhere: reads and changes; once it is no good it says so, and takes the next", async () => {
    const etcd = await cluster(1);
    await enableAuth(etcd);
    let token = await tokenOf(etcd);
    const console = attach(etcd.endpoints, { credentials: { token: () => token } });
    await console.settled(1);
    const { peerUrl } = await etcd.freeUrls();
    await console.made({ kind: "add-learner", name: "n2", peerUrls: [peerUrl] });
    const [learner = ""] = console.view.snapshot.learners;
    const changed = await etcd.post(
      "n1",
      "auth/user/changepw",
      { name: "root", password: "another" },
      { authorization: token },
    );
    expect(changed.ok).toBe(true);
    const status = await console.until("the notice", ({ notices }) =>
      notices.some(({ id }) => id === "not-allowed"),
    );
    expect(status.notices[0]?.advice).toContain("token");
    expect(JSON.stringify(status)).not.toContain(token);
    const problem = await console.refused({ kind: "remove", id: learner });
    expect(problem.code).toBe("cluster-access");
    token = await tokenOf(etcd, "another");
    await console.until("no notice", ({ notices }) => notices.every(({ id }) => id !== "not-allowed"));
    await console.made({ kind: "remove", id: learner });
    expect(console.view.snapshot.learners).toEqual([]);
  });

  it("a wrong password reads as not allowed, never as unhealthy", async () => {
    const etcd = await cluster(1);
    const open = attach(etcd.endpoints);
    await open.settled(1);
    await enableAuth(etcd);
    const console = attach(etcd.endpoints, { credentials: { user: "root", password: "wrong" } });
    const status = await console.until("the notice", ({ notices }) =>
      notices.some(({ id }) => id === "not-allowed"),
    );
    expect(status.notices[0]).toMatchObject({
      tone: "critical",
      advice: expect.stringContaining("password"),
    });
    expect(status.factAgeMs).toBeNull();
    const problem = await console.refused({ kind: "remove", id: "1" });
    expect(problem).toMatchObject({
      code: "cluster-access",
      detail: expect.stringContaining("nothing was done"),
    });
    if (isCurrent) {
      // Without credentials 3.6 tells nothing any more; what was known stays, and the member counts as unknown.
      await open.until("n1 not allowed", () => open.member("n1").health.word === "Not allowed");
      expect(open.member("n1").health.state).toBe("unknown");
    } else {
      // 3.4 goes on telling status and members to anybody.
      const root = attach(etcd.endpoints, { credentials: { user: "root", password: "of all" } });
      await root.settled(1);
      const { peerUrl } = await etcd.freeUrls();
      await root.made({ kind: "add-learner", name: "n2", peerUrls: [peerUrl] });
      await open.until("the learner", ({ configuration }) => configuration.learners.length === 1);
      const denied = await open.refused({ kind: "remove", id: open.view.snapshot.learners[0] ?? "" });
      expect(denied.code).toBe("cluster-access");
    }
  });

  it("a user without the role root looks, and may change nothing", async () => {
    const etcd = await cluster(1);
    await enableAuth(etcd);
    const console = attach(etcd.endpoints, { credentials: { user: "looker", password: "of some" } });
    await console.settled(1);
    const { peerUrl } = await etcd.freeUrls();
    const problem = await console.refused({ kind: "add-learner", name: "n2", peerUrls: [peerUrl] });
    expect(problem).toMatchObject({ code: "cluster-access", detail: expect.stringContaining("role root") });
    expect(console.status.configuration.learners).toEqual([]);
  });

  it("credentials where authentication is off do no harm, and are used once it is switched on", async () => {
    const etcd = await cluster(1);
    const console = attach(etcd.endpoints, { credentials: { user: "root", password: "of all" } });
    await console.settled(1);
    await eventually(() => console.view.snapshot.members.length === 1, "the members");
    await enableAuth(etcd);
    const { peerUrl } = await etcd.freeUrls();
    await console.made({ kind: "add-learner", name: "n2", peerUrls: [peerUrl] });
    expect(console.view.snapshot.learners).toHaveLength(1);
  });
});
