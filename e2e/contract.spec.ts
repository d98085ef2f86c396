import { expect, test } from "@playwright/test";
import type { ServerFrame } from "../protocol/frames";
import { listen } from "../server/gateway/testing/listen";
import * as clauses from "./contract/clauses";
import type { ClusterApi } from "./contract/cluster_api";
import { dEngineSubject } from "./contract/d_engine_subject";
import { embeddedSubject } from "./contract/embedded_subject";
import { etcdSubjects } from "./contract/etcd_subject";
import { Proof } from "./contract/proof";
import { relayedSubject } from "./contract/relayed_subject";
import type { Subject } from "./contract/subject";

/** Every kind of cluster keeps the same contract, on real processes, through the same calls. */
for (const subject of [embeddedSubject, relayedSubject, ...etcdSubjects, dEngineSubject]) {
  test(`${subject.label} keeps the contract of a cluster`, async () => {
    test.skip(subject.missing !== undefined, subject.missing);
    // Some dozens of changes on real processes; the limit only ends a hang.
    test.setTimeout(600_000);
    await prove(subject);
  });
}

async function prove(subject: Subject): Promise<void> {
  const running = await subject.open();
  const { api } = running;
  try {
    await test.step("shows what is true", () => api.settled(3));
    const proof = new Proof(api, await api.capabilities());
    const bench = { ...running, proof };
    const stream = await watch(api);
    await test.step("one leader, every fact with its source", () => clauses.showsWhatIsTrue(bench));
    await test.step("fence", () => clauses.isFenced(bench));
    const added = await test.step("add a learner", () => clauses.addsLearner(bench));
    await test.step("promote", () => clauses.promotes(bench, added));
    await test.step("demote", () => clauses.demotes(bench, added.id));
    await test.step("transfer", () => clauses.transfers(bench));
    await test.step("remove", () => clauses.removes(bench, added.id));
    await test.step("joint", () => clauses.changesJointly(bench));
    await test.step("peer URLs", () => clauses.updatesAddress(bench));
    await test.step("guided plan", () => clauses.guides(bench));
    await test.step("start here", () => clauses.startsHere(bench));
    await test.step("loss of quorum", () => clauses.survivesLossOfQuorum(bench));
    await test.step("the stream never went back", async () => {
      const { epoch, snapshot } = await api.view();
      await stream.frame(
        (frame) => frame.type === "membership" && frame.snapshot.committedIndex >= snapshot.committedIndex,
      );
      const count = checkStream(stream.frames, epoch);
      proof.note("stream", `${count} snapshots, each index above the last, the API's newest among them`);
    });
    stream.socket.close();
    console.log(`\n${subject.label}`);
    console.table(proof.rows);
  } finally {
    await running.end();
  }
}

function watch(api: ClusterApi) {
  const { hostname, port } = new URL(api.console);
  return listen({ host: hostname, port: Number(port) }, `/ws?cluster=${api.name}`);
}

/** Within an epoch every snapshot's index is above the last; the number of snapshots. */
function checkStream(frames: readonly ServerFrame[], epoch: string): number {
  const views = frames.filter((frame) => frame.type === "membership");
  expect(frames[0]?.type).toBe("hello");
  expect(views.every((view) => view.epoch === epoch)).toBe(true);
  const indexes = views.map(({ snapshot }) => snapshot.committedIndex);
  expect(indexes).toEqual([...new Set(indexes)].sort((a, b) => a - b));
  return indexes.length;
}
