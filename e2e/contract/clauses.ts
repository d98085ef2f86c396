import { expect } from "@playwright/test";
import type { ChangedAnswer } from "../../protocol/api";
import { etagOf } from "../../protocol/membership";
import { describeState } from "../../protocol/state";
import type { ClusterStatus, MemberStatus } from "../../protocol/status";
import { eventually } from "../eventually";
import { healthyVoters, isSettled } from "./cluster_api";
import { type Proof, problemOf } from "./proof";
import type { Newcomer, Running } from "./subject";

/** What every clause works on. */
export interface Bench extends Running {
  readonly proof: Proof;
}

/** A voter that neither leads nor serves the console. */
function bystander({ members, leadership, self }: ClusterStatus): MemberStatus {
  const found = members.find(({ id, role }) => role === "voter" && id !== leadership.id && id !== self?.id);
  if (found === undefined) throw new Error("every voter leads or serves");
  return found;
}

/** Three voters, all facts with their source, one leader by all of them. */
export async function showsWhatIsTrue({ api }: Bench): Promise<void> {
  // A node tells its view by a stream of its own, which may open after the node is heard: until then its view is unknown.
  const { members, factAgeMs, leadership, epoch } = await api.until(
    "three healthy voters agree on a leader, and each told its own view",
    (status) => isSettled(status, 3) && status.members.every(({ ownView }) => ownView !== null),
  );
  const view = await api.view();
  expect(view.epoch).toBe(epoch);
  expect(view.snapshot.members).toEqual(members.map(({ id }) => id));
  expect(view.snapshot.learners).toEqual([]);
  expect(factAgeMs).toBeLessThan(10_000);
  expect(leadership).toMatchObject({ answering: 3, agree: 3, noneForMs: null });
  for (const { health, address, ownView } of members) {
    expect(address).toMatch(/:\d+$/);
    expect(health.source?.by).toBeTruthy();
    expect(ownView?.members.length === 0 ? view.snapshot.members : ownView?.members).toEqual(
      view.snapshot.members,
    );
  }
}

/** No fence, another epoch's, an index that was never there: nothing is done, and the newest view comes along. */
export async function isFenced({ api, newcomer, proof }: Bench): Promise<void> {
  const { body } = await newcomer();
  const before = await api.view();
  const { epoch, snapshot } = before;
  const attempt = (ifMatch: string | null) => api.change("POST", "learners", body, { ifMatch });
  expect(problemOf(await attempt(null)).code).toBe("fence-required");
  for (const fence of [`"other:${snapshot.committedIndex}"`, `"${epoch}:${snapshot.committedIndex + 7}"`]) {
    const refused = problemOf(await attempt(fence));
    expect(refused).toMatchObject({ code: "fence-lost", membership: { epoch } });
  }
  expect((await api.view()).snapshot).toEqual(snapshot);
  const { fence } = await api.capabilities();
  proof.note("fence", `${fence}: a change without one, or with another than the view's, did nothing`);
}

/** Adds a learner: in the view, in the history with its actor, once however often the request comes. */
export async function addsLearner(
  bench: Bench,
): Promise<{ id: string; newcomer: Newcomer; answer: ChangedAnswer }> {
  const { api, proof } = bench;
  const newcomer = await bench.newcomer();
  const answer = await api.applied("POST", "learners", newcomer.body);
  const id = answer.learner?.id ?? "";
  expect(answer.membership.snapshot.learners).toEqual([id]);
  expect(answer.learner?.command).toBeTruthy();
  const { requestId } = answer;
  const again = await api.change("POST", "learners", newcomer.body, {
    requestId,
    ifMatch: etagOf(answer.membership),
  });
  if (!again.ok) throw new Error(JSON.stringify(again.problem));
  expect(again.answer.index).toBe(answer.index);
  // Asked for anew it is refused, or there is nothing to change.
  const other = await api.change("POST", "learners", newcomer.body);
  if (!other.ok) expect(other.problem.status).toBe(409);
  expect((await api.view()).snapshot.learners).toEqual([id]);
  const entries = (await api.history()).filter((entry) => entry.requestId === requestId);
  expect(entries).toMatchObject([{ kind: "add-learner", outcome: "applied", changes: [{ id }] }]);
  expect(entries[0]?.actor).toBeTruthy();
  expect(await api.outcome(requestId)).toMatchObject({ state: "applied" });
  const { members } = await api.until("the learner is shown", ({ members: all }) =>
    all.some((member) => member.id === id),
  );
  // It was never started: nobody may call it healthy.
  expect(members.find((member) => member.id === id)?.health.state).not.toBe("healthy");
  proof.note(
    "addLearner",
    "in the view and the history; a repeated request added nothing; not started is not healthy",
  );
  return { id, newcomer, answer };
}

/** A learner that was never started is not let in; started and caught up it votes. */
export async function promotes(bench: Bench, added: Awaited<ReturnType<typeof addsLearner>>): Promise<void> {
  const { api, proof } = bench;
  const promote = (id: string) => api.change("POST", `members/${id}/promote`);
  if (!proof.can("promote")) {
    await proof.refuses("promote", () => promote(added.id));
    await added.newcomer.start(added.answer);
    await api.until("the learner is heard", ({ members }) =>
      members.some(({ id, health }) => id === added.id && health.state === "healthy"),
    );
    return;
  }
  expect((await api.refusal(() => promote(added.id))).code).toBe("not-caught-up");
  expect((await api.view()).snapshot.learners).toEqual([added.id]);
  await added.newcomer.start(added.answer);
  await api.until("the learner may be promoted", ({ members }) =>
    members.some(({ id, promotable }) => id === added.id && promotable?.ok === true),
  );
  const { membership } = await api.applied("POST", `members/${added.id}/promote`);
  expect(membership.snapshot.members).toContain(added.id);
  expect(membership.snapshot.learners).toEqual([]);
  await api.settled(4);
  proof.note("promote", "refused before the learner was started; a healthy voter after it caught up");
}

/** A voter becomes a learner, and a voter again. */
export async function demotes({ api, proof }: Bench, id: string): Promise<void> {
  const demote = () => api.change("POST", `members/${id}/demote`);
  if (!proof.can("demote")) return proof.refuses("demote", demote);
  const { membership } = await api.applied("POST", `members/${id}/demote`);
  expect(membership.snapshot.learners).toEqual([id]);
  await api.applied("POST", `members/${id}/promote`);
  await api.settled(4);
  proof.note("demote", "a voter became a learner, and a voter again");
}

/** Leadership moves where the operator says, and not by an old view. */
export async function transfers({ api, proof }: Bench): Promise<void> {
  const { leadership, members } = await api.status();
  const target = members.find(({ id, role }) => role === "voter" && id !== leadership.id)?.id ?? "";
  const seen = { target, leader: leadership.id, term: leadership.term };
  if (!proof.can("transfer")) return proof.refuses("transfer", () => api.change("POST", "leader", seen));
  const late = () => api.change("POST", "leader", { ...seen, term: leadership.term + 5 });
  expect((await api.refusal(late)).code).toBe("leader-changed");
  const before = await api.view();
  await eventually(`leadership moves to ${target}`, async () => {
    // As it stands now: since the look above a busy machine may have elected another leader.
    const { id: leader, term } = (await api.status()).leadership;
    return (await api.change("POST", "leader", { target, leader, term })).ok;
  });
  await api.until(`${target} leads`, ({ leadership: now }) => now.id === target);
  expect((await api.view()).snapshot.members).toEqual(before.snapshot.members);
  proof.note("transfer", "moved to the voter that was named; refused by an old term");
}

/** A member leaves. */
export async function removes({ api, proof }: Bench, id: string): Promise<void> {
  const remove = () => api.change("DELETE", `members/${id}`);
  if (!proof.can("remove")) return proof.refuses("remove", remove);
  const { membership } = await api.applied("DELETE", `members/${id}`);
  expect([...membership.snapshot.members, ...membership.snapshot.learners]).not.toContain(id);
  expect((await api.refusal(remove)).code).toBe("not-a-member");
  proof.note("remove", "gone from the view; a second removal knows no such member");
}

/** Several changes are one, or are refused as a whole. */
export async function changesJointly(bench: Bench): Promise<void> {
  const { api, proof } = bench;
  const { members } = await api.status();
  const one = bystander(await api.status());
  if (!proof.can("joint")) {
    const changes = members.slice(0, 2).map(({ id }) => ({ kind: "remove", id }));
    return proof.refuses("joint", () => api.change("POST", "changes", { changes }));
  }
  const joining = await bench.newcomer();
  const { id = "", name = "", address = "" } = joining.body;
  const first = [
    { kind: "add-learner", id, name, address },
    { kind: "demote", id: one.id },
  ];
  const { membership } = await api.applied("POST", "changes", { changes: first });
  expect(membership.snapshot.learners).toEqual([one.id, id].sort());
  const back = [
    { kind: "remove", id },
    { kind: "promote", id: one.id },
  ];
  const after = await api.applied("POST", "changes", { changes: back });
  expect(after.membership.snapshot.learners).toEqual([]);
  await api.until(
    "the joint configuration is left",
    ({ configuration }) => configuration.outgoing.length === 0,
  );
  proof.note("joint", "two changes took effect as one, both ways");
}

/** A voter gets another spelling of its peer URL, and its own again. */
export async function updatesAddress({ api, proof }: Bench): Promise<void> {
  const { id, address } = bystander(await api.status());
  const put = (host: string) => {
    const peerUrls = [`http://${host}:${address.slice(address.lastIndexOf(":") + 1)}`];
    return { path: `members/${id}/peer-urls`, body: { peerUrls } };
  };
  const other = put("localhost");
  if (!proof.can("updateAddress")) {
    return proof.refuses("updateAddress", () => api.change("PUT", other.path, other.body));
  }
  for (const host of ["localhost", "127.0.0.1"]) {
    const { path, body } = put(host);
    await api.applied("PUT", path, body);
    await api.until(`${host} is shown`, ({ members }) =>
      members.some((member) => member.id === id && member.address.includes(host)),
    );
  }
  await api.settled(3);
  proof.note("updateAddress", "a voter's peers dialled another URL, and its own again");
}

/** A learner is promoted by itself once it has caught up. */
export async function guides(bench: Bench): Promise<void> {
  const { api, proof } = bench;
  const plan = (learner: string) => api.plan({ kind: "promote", learner });
  if (!proof.can("guided")) {
    const { id } = bystander(await api.status());
    return proof.refuses("guided", () => plan(id));
  }
  const newcomer = await bench.newcomer();
  const answer = await api.applied("POST", "learners", newcomer.body);
  const id = answer.learner?.id ?? "";
  const made = await plan(id);
  if (!made.ok) throw new Error(JSON.stringify(made.problem));
  await newcomer.start(answer);
  const { plans } = await api.until("the plan is done", ({ plans: all }) =>
    all.some((one) => one.learner === id && one.state !== "running"),
  );
  expect(plans.find(({ learner }) => learner === id)).toMatchObject({ state: "done" });
  expect((await api.view()).snapshot.members).toContain(id);
  await api.applied("DELETE", `members/${id}`);
  proof.note("guided", "a learner was promoted by the plan once it had caught up");
}

/** A process is started here, or it is said that none can be. */
export async function startsHere({ api, proof }: Bench): Promise<void> {
  const start = () => api.change("POST", "learners", { start: "local" });
  if (!proof.can("startHere")) return proof.refuses("startHere", start);
  const { learner } = await api.applied("POST", "learners", { start: "local" });
  await api.until("the learner runs", ({ members }) =>
    members.some(({ id, health }) => id === learner?.id && health.state === "healthy"),
  );
  await api.applied("DELETE", `members/${learner?.id}`, { stopProcess: true });
  proof.note("startHere", "a learner was added, started and heard from");
}

/** A dead voter is seen, a healthy one is not given up for it, and without quorum nothing is ever called done. */
export async function survivesLossOfQuorum(bench: Bench): Promise<void> {
  const { api, proof, kill, restart } = bench;
  const all = await api.settled(3);
  const victims = all.members.filter(
    ({ id, role }) => role === "voter" && id !== all.self?.id && id !== all.leadership.id,
  );
  const [first = victims[0], second] = [
    victims[0],
    victims[1] ?? all.members.find(({ id }) => id === all.leadership.id),
  ];
  if (first === undefined || second === undefined) throw new Error("nobody to kill");
  await kill(first);
  const one = await api.until(
    "one voter is down",
    ({ members, leadership }) => healthyVoters(members) === 2 && leadership.id !== null,
  );
  expect(sentenceOf(one)).toContain("At minimum quorum - 2 of 3 voters healthy");
  if (proof.can("remove")) {
    const refused = await api.refusal(() => api.change("DELETE", `members/${second.id}`));
    expect(refused.code).toBe("would-lose-quorum");
  }
  await kill(second);
  const lost = await api.until("quorum is lost", ({ members }) => healthyVoters(members) <= 1);
  expect(sentenceOf(lost)).toMatch(/^(Quorum lost|No leader|Unknown)/);
  const { body } = await bench.newcomer();
  const ended = problemOf(await api.change("POST", "learners", body));
  expect(["no-leader", "would-lose-quorum", "outcome-unknown", "cluster-unhealthy"]).toContain(ended.code);
  await restart(first);
  await restart(second);
  await api.settled(3);
  proof.note(
    "quorum",
    `one down: at limit; two down: ${ended.code}, never applied; both back: settled by itself`,
  );
}

function sentenceOf(status: ClusterStatus): string {
  return describeState(status, { dataAgeMs: 0, live: true }).sentence;
}
