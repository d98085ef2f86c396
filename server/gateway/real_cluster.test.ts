import { afterEach, expect, it } from "vitest";
import { changedAnswerSchema, historyAnswerSchema } from "../../protocol/api";
import type { MembershipFrame, ServerFrame } from "../../protocol/frames";
import { etagOf } from "../../protocol/membership";
import { EmbeddedCluster } from "../clusters/embedded/embedded_cluster";
import { RealNodes, until } from "../clusters/testing/real_nodes";
import type { Gateway } from "./gateway";
import { ask, openGateway } from "./testing/ask";
import { listen } from "./testing/listen";

const local = "/api/clusters/local";
let nodes: RealNodes;
let clusters: EmbeddedCluster[] = [];
let gateways: Gateway[] = [];

async function start(voters: number): Promise<void> {
  nodes = await RealNodes.start(voters);
  clusters = nodes.engines.map((engine) => new EmbeddedCluster({ name: "local", engine }));
  gateways = await Promise.all(clusters.map((cluster) => openGateway({ clusters: [cluster] })));
}

function at(position: number): { readonly cluster: EmbeddedCluster; readonly gateway: Gateway } {
  const cluster = clusters[position];
  const gateway = gateways[position];
  if (cluster === undefined || gateway === undefined) throw new Error("no such node");
  return { cluster, gateway };
}

afterEach(async () => {
  await Promise.all(gateways.map((gateway) => gateway.close()));
  for (const cluster of clusters) await cluster.close();
  await nodes.close();
});

const allHealthy = ({ cluster }: ReturnType<typeof at>) =>
  cluster
    .watchStatus()
    .borrow()
    .members.every(({ health }) => health.state === "healthy");

it("a change made at one console reaches every open page, and the same fence works once", async () => {
  await start(3);
  await until(() => allHealthy(at(0)));
  const pages = await Promise.all(gateways.map((gateway) => listen(gateway)));
  const etag = etagOf(at(1).cluster.watchMembership().borrow());
  const address = await nodes.startLearner(4);
  const body = { id: "4", address };
  const question = { method: "POST", path: `${local}/learners`, headers: { "if-match": etag }, body };
  const added = await ask(at(1).gateway, question);
  const answer = changedAnswerSchema.parse(added.json());
  expect(answer.learner?.command).toMatch(
    /^ROLLCALL_JOIN_TOKEN=rollcall1\.[0-9a-f.]+ npx --no-install rollcall node /,
  );
  const joined = (frame: ServerFrame): frame is MembershipFrame =>
    frame.type === "membership" && frame.snapshot.learners.includes("4");
  for (const page of pages) {
    const frame = await page.frame(joined);
    expect(frame).toMatchObject({ merged: 0, sequence: 2, snapshot: answer.membership.snapshot });
  }
  const late = await ask(at(2).gateway, {
    method: "DELETE",
    path: `${local}/members/4`,
    headers: { "if-match": etag },
  });
  expect(late.problem()).toMatchObject({ code: "fence-lost", membership: answer.membership });
  const headers = { "if-match": late.headers.etag ?? "" };
  expect((await ask(at(2).gateway, { method: "DELETE", path: `${local}/members/4`, headers })).status).toBe(
    200,
  );
  const history = await ask(at(0).gateway, { path: `${local}/history` });
  await until(() => at(0).cluster.watchMembership().borrow().sequence === 3);
  expect(historyAnswerSchema.parse(history.json()).entries.length).toBeGreaterThan(1);
});

it("with one of three down a healthy one may not be removed, the dead one may, and the stream shows why", async () => {
  await start(3);
  await until(() => allHealthy(at(0)));
  const leader = (await nodes.leader()).nodeId;
  const down = leader === 3 ? 2 : 3;
  const console = at(leader - 1);
  const page = await listen(console.gateway);
  await nodes.stop(down);
  await page.frame(
    (frame) => frame.type === "status" && frame.members.some(({ health }) => health.word === "Unreachable"),
  );
  const headers = { "if-match": etagOf(console.cluster.watchMembership().borrow()) };
  const living = await ask(console.gateway, { method: "DELETE", path: `${local}/members/1`, headers });
  expect(living.problem()).toMatchObject({ code: "would-lose-quorum" });
  expect(living.problem().detail).toContain(`remove n${down}, which is down`);
  const dead = await ask(console.gateway, { method: "DELETE", path: `${local}/members/${down}`, headers });
  expect(changedAnswerSchema.parse(dead.json()).membership.snapshot.members).toHaveLength(2);
});

it("without quorum the console is ready, says so, and answers in time", async () => {
  await start(3);
  const page = await listen(at(0).gateway);
  await Promise.all([nodes.stop(2), nodes.stop(3)]);
  await page.frame((frame) => frame.type === "status" && frame.leadership.id === null);
  expect((await ask(at(0).gateway, { path: "/readyz" })).status).toBe(200);
  const headers = {
    "if-match": etagOf(at(0).cluster.watchMembership().borrow()),
    "rollcall-deadline-ms": "1000",
  };
  const refused = await ask(at(0).gateway, { method: "DELETE", path: `${local}/members/3`, headers });
  expect(refused.problem().code).toBe("no-leader");
});
