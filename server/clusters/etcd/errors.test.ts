import { Code } from "@connectrpc/connect";
import { expect, it } from "vitest";
import { EtcdEndpoint } from "./endpoint";
import { toProblem } from "./error_words";
import type { Call } from "./fault";
import { toMembers, toSelf } from "./member";
import { SignIn } from "./sign_in";
import { describeEachEtcd } from "./testing/each_version";
import { eventually, type RealEtcd } from "./testing/real_etcd";

const TIMEOUT_MS = 10_000;

/** What etcd says on the wire, and what the operator is told: each error provoked on real servers, past the console's gates. */
describeEachEtcd("errors of", ({ isCurrent, cluster, ending }) => {
  function open(etcd: RealEtcd, name: string): EtcdEndpoint {
    const endpoint = new EtcdEndpoint(etcd.member(name).clientUrl, { signIn: new SignIn() });
    ending(async () => endpoint.close());
    return endpoint;
  }

  /** What an error's own text is, and the code it is told with. */
  function told(call: Call<unknown>): readonly [string, string] {
    if (call.ok) throw new Error(`it went well: ${JSON.stringify(call.value, (_, v) => String(v))}`);
    const problem = toProblem(call.fault, { requestId: "r", nameOf: (id) => id, target: undefined });
    return [call.fault.text, problem.code];
  }

  async function urls(etcd: RealEtcd): Promise<string[]> {
    return [(await etcd.freeUrls()).peerUrl];
  }

  /** Adds a learner once the members have been connected for long enough. */
  async function learner(
    etcd: RealEtcd,
    endpoint: EtcdEndpoint,
    peerUrls: readonly string[],
  ): Promise<bigint> {
    let id = 0n;
    await eventually(async () => {
      const call = await endpoint.addLearner(peerUrls, TIMEOUT_MS);
      if (call.ok) id = call.value.member?.ID ?? 0n;
      else if (!/unhealthy/.test(call.fault.text)) throw new Error(call.fault.text);
      return call.ok;
    }, `a learner to be taken by ${etcd.endpoints.join()}`);
    return id;
  }

  /** What a member says to an addition once it has noticed who is down; until then it takes learners, which are removed again. */
  async function refusedAddition(etcd: RealEtcd, endpoint: EtcdEndpoint): Promise<readonly [string, string]> {
    let refused: Call<unknown> | undefined;
    await eventually(async () => {
      const call = await endpoint.addLearner(await urls(etcd), TIMEOUT_MS);
      if (call.ok) await endpoint.remove(call.value.member?.ID ?? 0n, TIMEOUT_MS);
      else refused = call;
      return refused !== undefined;
    }, "an addition to be refused");
    if (refused === undefined) throw new Error("never");
    return told(refused);
  }

  async function leaderOf(etcd: RealEtcd): Promise<string> {
    const call = await open(etcd, "n1").status(TIMEOUT_MS);
    const list = await open(etcd, "n1").members(TIMEOUT_MS);
    if (!call.ok || !list.ok) throw new Error("n1 does not answer");
    const { leader } = toSelf(call.value);
    return toMembers(list.value.members).find(({ id }) => id === leader)?.name ?? "";
  }

  it("a second learner, one that is not started, URLs that are taken", async () => {
    const etcd = await cluster(1);
    const n1 = open(etcd, "n1");
    const mine = await urls(etcd);
    const id = await learner(etcd, n1, mine);
    expect(told(await n1.addLearner(await urls(etcd), TIMEOUT_MS))).toEqual([
      "too many learner members in cluster",
      "learner-limit",
    ]);
    expect(told(await n1.promote(id, TIMEOUT_MS))).toEqual([
      "can only promote a learner member which is in sync with leader",
      "not-caught-up",
    ]);
    expect(told(await n1.addLearner([etcd.member("n1").peerUrl], TIMEOUT_MS))[1]).toMatch(
      /address-taken|learner-limit/,
    );
    const again = told(await n1.addLearner(mine, TIMEOUT_MS));
    expect(again).toEqual(["member ID already exist", "already-member"]);
    expect(told(await n1.moveLeader(id, TIMEOUT_MS))).toEqual(["bad leader transferee", "invalid-change"]);
    expect(told(await n1.remove(12n, TIMEOUT_MS))).toEqual(["member not found", "not-a-member"]);
    expect(told(await n1.promote(12n, TIMEOUT_MS))).toEqual(["member not found", "not-a-member"]);
    const self = await n1.status(TIMEOUT_MS);
    const own = self.ok ? BigInt(toSelf(self.value).id) : 0n;
    expect(told(await n1.promote(own, TIMEOUT_MS))).toEqual([
      "can only promote a learner member",
      "not-a-learner",
    ]);
    expect((await n1.remove(id, TIMEOUT_MS)).ok).toBe(true);
    expect(told(await n1.remove(id, TIMEOUT_MS))).toEqual(["member not found", "not-a-member"]);
    expect(told(await n1.addLearner([etcd.member("n1").peerUrl], TIMEOUT_MS))).toEqual([
      "Peer URLs already exists",
      "address-taken",
    ]);
  });

  it("an addition within 5 s of the start, and with one of three down", async () => {
    const etcd = await cluster(3);
    const n1 = open(etcd, "n1");
    const early = await n1.addLearner(await urls(etcd), TIMEOUT_MS);
    expect(told(early)).toEqual(["unhealthy cluster", "cluster-unhealthy"]);
    const id = await learner(etcd, n1, await urls(etcd));
    expect((await n1.remove(id, TIMEOUT_MS)).ok).toBe(true);
    const leader = await leaderOf(etcd);
    const follower = ["n1", "n2", "n3"].find((name) => name !== leader) ?? "";
    await etcd.signal(follower, "SIGKILL");
    const late = open(etcd, leader);
    // Three of the four there would be have to be connected, in every version.
    expect(await refusedAddition(etcd, late)).toEqual(["unhealthy cluster", "cluster-unhealthy"]);
    const list = await late.members(TIMEOUT_MS);
    const dead = list.ok ? list.value.members.find(({ name }) => name === follower)?.ID : undefined;
    expect((await late.remove(dead ?? 0n, TIMEOUT_MS)).ok).toBe(true);
  });

  it("an addition with one of five down, which only newer versions take", async () => {
    const etcd = await cluster(5);
    const leader = await leaderOf(etcd);
    const late = open(etcd, leader);
    const id = await learner(etcd, late, await urls(etcd));
    expect((await late.remove(id, TIMEOUT_MS)).ok).toBe(true);
    const follower = ["n1", "n2"].find((name) => name !== leader) ?? "";
    await etcd.signal(follower, "SIGKILL");
    if (isCurrent) expect((await late.addLearner(await urls(etcd), TIMEOUT_MS)).ok).toBe(true);
    else expect(await refusedAddition(etcd, late)).toEqual(["unhealthy cluster", "cluster-unhealthy"]);
  });

  it("a change after which too few members would be started", async () => {
    // Slow elections: the leader of two, of which one never started, is to be leader still when it is asked.
    const etcd = await cluster(1, { flags: ["--heartbeat-interval", "500", "--election-timeout", "5000"] });
    const n1 = open(etcd, "n1");
    const self = await n1.status(TIMEOUT_MS);
    const own = self.ok ? BigInt(toSelf(self.value).id) : 0n;
    // Voters are never added by the console itself.
    const added = await etcd.post("n1", "cluster/member/add", { peerURLs: await urls(etcd) });
    expect(added.status).toBe(200);
    const call = await n1.remove(own, TIMEOUT_MS);
    expect(told(call)).toEqual([
      "re-configuration failed due to not enough started members",
      "would-lose-quorum",
    ]);
    expect(call.ok ? undefined : call.fault.code).toBe(Code.Unknown);
  });

  it("leadership asked of a follower, and calls to a learner", async () => {
    const etcd = await cluster(3);
    const leader = await leaderOf(etcd);
    const others = ["n1", "n2", "n3"].filter((name) => name !== leader);
    const follower = open(etcd, others[0] ?? "");
    const target = await open(etcd, others[1] ?? "").status(TIMEOUT_MS);
    const id = target.ok ? BigInt(toSelf(target.value).id) : 0n;
    expect(told(await follower.moveLeader(id, TIMEOUT_MS))).toEqual(["not leader", "leader-changed"]);
    const { peerUrl, clientUrl } = await etcd.freeUrls();
    await learner(etcd, follower, [peerUrl]);
    const initial = ["n1", "n2", "n3"].map((name) => `${name}=${etcd.member(name).peerUrl}`).join(",");
    await etcd.startByCommand(
      "n4",
      `etcd --name n4 --data-dir n4 --initial-cluster ${initial},n4=${peerUrl} --initial-cluster-state existing --initial-advertise-peer-urls ${peerUrl} --listen-peer-urls ${peerUrl} --listen-client-urls ${clientUrl} --advertise-client-urls ${clientUrl}`,
    );
    const n4 = open(etcd, "n4");
    await eventually(
      async () => (await n4.status(1000)).ok,
      "n4 to answer",
      () => etcd.log("n4"),
    );
    const local = await n4.localMembers(TIMEOUT_MS);
    expect(told(local)).toEqual(["rpc not supported for learner", "invalid-change"]);
  });

  it("no leader, and no answer from frozen followers", async () => {
    const etcd = await cluster(3);
    const leader = await leaderOf(etcd);
    const followers = ["n1", "n2", "n3"].filter((name) => name !== leader);
    const endpoint = open(etcd, leader);
    const list = await endpoint.members(TIMEOUT_MS);
    const victim = list.ok ? list.value.members.find(({ name }) => name === followers[0])?.ID : undefined;
    for (const name of followers) await etcd.signal(name, "SIGSTOP");
    const call = await endpoint.updatePeerUrls(victim ?? 0n, await urls(etcd), 800);
    expect(told(call)[1]).toBe("outcome-unknown");
    await eventually(async () => {
      const status = await endpoint.status(1000);
      return status.ok && toSelf(status.value).leader === null;
    }, "the leader to step down");
    const status = await endpoint.status(1000);
    expect(status.ok && status.value.errors).toContain("etcdserver: no leader");
    expect(told(await endpoint.members(1000))).toEqual(["no leader", "no-leader"]);
    expect((await endpoint.localMembers(1000)).ok).toBe(true);
    for (const name of followers) await etcd.signal(name, "SIGCONT");
    await eventually(async () => (await endpoint.members(1000)).ok, "the quorum to be back");
    expect((await endpoint.logBarrier(TIMEOUT_MS)).ok).toBe(true);
  });
});
