import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeMessage } from "../raft/codec";
import type { Message, NodeId } from "../raft/types";
import { ownPort } from "../testing/ports";
import { FrameKind } from "../transport/frame";
import { HandPeer } from "../transport/testing/hand_peer";
import {
  eventually,
  TEST_CLUSTER,
  TEST_SECRET,
  testIdentity,
  testMessage,
} from "../transport/testing/recording_node";
import { EmbeddedEngine } from "./embedded_engine";
import { formNode } from "./form";
import { VirtualCluster } from "./testing/virtual_cluster";

/** A peer with good proof that says what cannot be: refused where that harms nobody, else the node ends in order. */

describe("a peer that lies about its log", () => {
  async function cluster(): Promise<{ virtual: VirtualCluster; leader: NodeId; liar: NodeId }> {
    const virtual = new VirtualCluster(3, { replica: { brokenInvariants: "fail" } });
    const leader = await virtual.leader();
    return { virtual, leader, liar: leader === 3 ? 2 : 3 };
  }
  const say = (virtual: VirtualCluster, message: Message) =>
    virtual.host(message.to).handler?.onMessage(message.from, message);

  it("by acknowledging what the leader's log does not hold is refused with a reason, and counts for nothing", async () => {
    const { virtual, leader, liar } = await cluster();
    const { node } = virtual.replica(leader);
    const { term } = node.leader.current;
    const { commit } = node.raft.status().hardState;
    expect(say(virtual, testMessage(liar, leader, { type: "app-resp", term, index: 5000 }))).toMatch(
      /^acknowledges 5000, the log ends at \d+$/,
    );
    await virtual.run(5);
    expect(node.raft.status().hardState.commit).toBe(commit);
    expect(virtual.failures.size).toBe(0);
    const added = virtual
      .replica(leader)
      .change([{ kind: "add-learner", id: 9, address: "h9:1", name: "n9" }]);
    expect(await virtual.settle(added)).toMatchObject({ kind: "applied" });
  });

  it("by a commit beyond the log ends that node in order: it says why, keeps its view, and the others go on", async () => {
    const { virtual, leader, liar } = await cluster();
    const target = [1, 2, 3].find((id) => id !== leader && id !== liar) ?? 0;
    const { node } = virtual.replica(target);
    const seen = node.membership.current;
    const { term } = node.leader.current;
    expect(say(virtual, testMessage(liar, target, { term, commit: 5000 }))).toBeUndefined();
    expect(virtual.failures.get(target)).toMatch(
      new RegExp(
        `^a message of type heartbeat .* from n${liar} broke an invariant \\(commit 5000 is beyond the last entry`,
      ),
    );
    await virtual.run(5);
    expect(virtual.failures.size).toBe(1);
    const status = virtual.replica(target).status();
    expect(status).toMatchObject({ standing: "failed", isLeader: false, membership: seen });
    const added = virtual
      .replica(await virtual.leader())
      .change([{ kind: "add-learner", id: 9, address: "h9:1", name: "n9" }]);
    expect(await virtual.settle(added)).toMatchObject({ kind: "applied" });
    expect(virtual.replica(target).status().membership).toEqual(seen);
    expect(await virtual.replica(target).change([{ kind: "remove", id: 9 }])).toMatchObject({
      kind: "refused",
      refusal: { code: "not-ready" },
    });
  });

  it("by leading the term that another leads ends that leader in order, and the others elect", async () => {
    const { virtual, leader, liar } = await cluster();
    const { term } = virtual.replica(leader).node.leader.current;
    say(virtual, testMessage(liar, leader, { type: "heartbeat", term }));
    expect(virtual.failures.get(leader)).toContain(`from n${liar} broke an invariant`);
    await virtual.until("another leader", () =>
      [1, 2, 3].some((id) => id !== leader && virtual.replica(id).node.leadsWithOwnTerm),
    );
    expect(virtual.replica(leader).node.running).toBe(false);
  });
});

describe("a real node that a peer lies to", () => {
  let folder: string;
  let engine: EmbeddedEngine | undefined;
  const hands: HandPeer[] = [];
  const failures: string[] = [];
  const lines: string[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "rollcall-liar-"));
    const dataDir = join(folder, "n1");
    const address = `127.0.0.1:${await ownPort()}`;
    const self = { id: 1, name: "n1", address, uuid: "uuid-1" };
    const voters = [self, { ...self, id: 2, name: "n2", address: "127.0.0.1:1", uuid: "uuid-2" }];
    const start = { kind: "bootstrap", voters, time: 0, actor: "test" } as const;
    const secret = TEST_SECRET.toString("hex");
    const fault = await formNode({ ...self, dataDir, clusterId: TEST_CLUSTER, secret, start });
    if (fault !== undefined) throw new Error(fault.message);
    const started = await EmbeddedEngine.start({
      dataDir,
      onFailure: (message) => failures.push(message),
      log: (level, text) => lines.push(`${level}: ${text}`),
    });
    if (!(started instanceof EmbeddedEngine)) throw new Error(started.message);
    engine = started;
  });

  afterEach(async () => {
    for (const hand of hands.splice(0)) hand.socket.destroy();
    await engine?.stop();
    engine = undefined;
    failures.length = 0;
    lines.length = 0;
    await rm(folder, { recursive: true, force: true });
  });

  async function liar(): Promise<HandPeer> {
    const port = Number(engine?.address.split(":").at(-1));
    const hand = await HandPeer.dialAs(testIdentity(2).nodeId, 1, port);
    hands.push(hand);
    return hand;
  }

  it("closes the connection for what is impossible, with a reason, and takes the next one", async () => {
    const hand = await liar();
    hand.send(FrameKind.message, encodeMessage(testMessage(2, 1, { type: "vote", term: 2 ** 53 - 1 })));
    await eventually(() => expect(hand.isClosed).toBe(true));
    expect(lines.join("\n")).toMatch(
      /a message of type vote that names 9007199254740991, which no log reaches/,
    );
    await liar();
    expect(failures).toEqual([]);
    expect(engine?.status().standing).toBe("member");
  });

  it("ends in order for a broken invariant: one sentence, its view stays, its peers are told", async () => {
    const seen = engine?.watchMembership().borrow();
    const hand = await liar();
    hand.send(FrameKind.message, encodeMessage(testMessage(2, 1, { term: 7, commit: 5000 })));
    await eventually(() => expect(failures).toHaveLength(1));
    expect(failures[0]).toBe(
      "a message of type heartbeat (term 7, index 0, commit 5000) from n2 broke an invariant (commit 5000 is beyond the last entry 1: log lost?): this node stops, and only shows what it knew before",
    );
    expect(lines.filter((line) => line.startsWith("error"))).toEqual([`error: ${failures[0]}`]);
    expect(engine?.status()).toMatchObject({ standing: "failed", failure: failures[0], membership: seen });
    expect(engine?.watchMembership().borrow()).toEqual(seen);
    await eventually(() => expect(hand.isClosed).toBe(true));
    expect(hand.has(FrameKind.verdict)).toBe(true);
  });
});
