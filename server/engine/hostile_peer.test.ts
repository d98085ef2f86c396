import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Message, MessageType, NodeId, Snapshot } from "../raft/types";
import { joinRequest, openWelcome, parseJoinToken } from "./join_tokens";
import { encodeBody } from "./payload";
import { VirtualCluster } from "./testing/virtual_cluster";

/** A peer that proved the cluster's secret and then sends anything at all: no crash, nothing half done, and the cluster goes on. */

const PEER = 2;

/** Bytes: random ones, and JSON of the right and of the wrong shape. */
const body = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.json().map((text) => new TextEncoder().encode(text)),
  fc
    .record(
      {
        kind: fc.constantFrom("change", "command", "proposal", "transfer", "close", "__proto__"),
        key: fc.string({ maxLength: 70 }),
        requestId: fc.string({ maxLength: 70 }),
        expectedIndex: fc.option(fc.integer()),
        actor: fc.string(),
        changes: fc.array(
          fc.record({ kind: fc.constantFrom("remove", "promote", "rename"), id: fc.integer() }),
        ),
        target: fc.integer(),
        seen: fc.anything(),
        data: fc.string(),
        command: fc.anything(),
        term: fc.integer(),
        committedIndex: fc.integer(),
        members: fc.array(fc.integer(), { maxLength: 5 }),
        learners: fc.anything(),
        console: fc.string(),
        leading: fc.anything(),
        proof: fc.string(),
      },
      { requiredKeys: ["kind"] },
    )
    .map((value) => encodeBody(JSON.parse(JSON.stringify(value)))),
);

async function cluster(): Promise<{ virtual: VirtualCluster; leader: NodeId }> {
  const virtual = new VirtualCluster(3);
  return { virtual, leader: await virtual.leader() };
}

function handlerOf(virtual: VirtualCluster, id: NodeId) {
  const { handler } = virtual.host(id);
  if (handler === undefined) throw new Error("the node is down");
  return handler;
}

async function stillWorks(virtual: VirtualCluster): Promise<void> {
  const leader = await virtual.leader();
  const change = virtual
    .replica(leader)
    .change([{ kind: "add-learner", id: 900, address: "h900:1", name: "n900" }]);
  expect(await virtual.settle(change)).toMatchObject({ kind: "applied" });
}

describe("a proven peer", () => {
  it("gets exactly one answer to whatever it asks, and nothing of a request that does not fit is done", async () => {
    const { virtual, leader } = await cluster();
    const handler = handlerOf(virtual, leader);
    const before = virtual.replica(leader).node.raft.status().lastIndex;
    fc.assert(
      fc.property(body, (bytes) => {
        const answers: unknown[] = [];
        handler.onRequest(PEER, bytes, (answer) =>
          answers.push(JSON.parse(new TextDecoder().decode(answer))),
        );
        expect(answers).toHaveLength(1);
        expect(answers[0]).not.toMatchObject({ kind: "appended" });
      }),
      { numRuns: 1500, seed: 20261123 },
    );
    expect(virtual.replica(leader).node.raft.status().lastIndex).toBe(before);
    await stillWorks(virtual);
  });

  it("may report anything about itself: what does not fit is forgotten, and the status still answers", async () => {
    const { virtual, leader } = await cluster();
    const handler = handlerOf(virtual, leader);
    fc.assert(
      fc.property(body, (bytes) => {
        handler.onReport(PEER, bytes);
        virtual.replica(leader).status();
      }),
      { numRuns: 1000, seed: 20261123 },
    );
    await stillWorks(virtual);
  });

  it("cannot append behind the leader's desk: proposals that come as messages are dropped", async () => {
    const { virtual, leader } = await cluster();
    const before = virtual.replica(leader).node.raft.status().lastIndex;
    const entry = { term: 0, index: 0, type: "normal" as const, data: new Uint8Array([9]) };
    handlerOf(virtual, leader).onMessage(PEER, { ...plain(PEER, leader), type: "prop", entries: [entry] });
    await virtual.run(5);
    expect(virtual.replica(leader).node.raft.status().lastIndex).toBe(before);
  });

  it("cannot make a node install a snapshot that its own engine could not read", async () => {
    const { virtual, leader } = await cluster();
    const target = [1, 2, 3].find((id) => id !== leader) ?? 0;
    const node = virtual.replica(target).node;
    const seen = node.membership.current;
    const { term } = node.leader.current;
    for (const data of [new Uint8Array(), new Uint8Array(20), encodeBody({ format: 1 })]) {
      const confState = {
        voters: [1, 2, 3],
        learners: [],
        votersOutgoing: [],
        learnersNext: [],
        autoLeave: false,
      };
      const snapshot: Snapshot = { metadata: { index: 5000, term, confState }, data };
      handlerOf(virtual, target).onMessage(leader, {
        ...plain(leader, target),
        type: "snap",
        term,
        snapshot,
      });
      await virtual.run(2);
    }
    expect(virtual.host(target).disk.snapshot.metadata.index).toBe(1);
    expect(node.membership.current).toEqual(seen);
    virtual.kill(target);
    virtual.boot(target);
    await stillWorks(virtual);
  });
});

describe("a stranger", () => {
  it("that asks to join with anything but a token gets one refusal, and no token is used up", async () => {
    const { virtual, leader } = await cluster();
    const handler = handlerOf(virtual, leader);
    fc.assert(
      fc.property(body, (bytes) => {
        const answers: unknown[] = [];
        handler.onJoin(bytes, (answer) => answers.push(JSON.parse(new TextDecoder().decode(answer))));
        expect(answers).toEqual([{ kind: "refused", reason: expect.any(String) }]);
      }),
      { numRuns: 1000, seed: 20261123 },
    );
    await stillWorks(virtual);
  });

  it("that answers a join with anything is not believed, and the token does not leave in the question", () => {
    const secret = "ab".repeat(32);
    const token = parseJoinToken(`rollcall1.0123456789abcdef.${secret}`);
    if (token === undefined) throw new Error("the token is one");
    expect(new TextDecoder().decode(joinRequest(token, "uuid", "00"))).not.toContain(secret);
    const hex = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString("hex"));
    const welcome = fc.record({ kind: fc.constant("welcome"), iv: hex, sealed: hex, tag: hex });
    fc.assert(
      fc.property(fc.oneof(body, welcome.map(encodeBody)), (bytes) => {
        expect(openWelcome(token, "00", bytes)).toMatchObject({ kind: "refused" });
      }),
      { numRuns: 1500, seed: 20261123 },
    );
    fc.assert(fc.property(fc.string(), (text) => parseJoinToken(text) === undefined));
  });
});

function plain(from: NodeId, to: NodeId): Omit<Message, "type"> & { readonly type: MessageType } {
  return {
    type: "heartbeat",
    to,
    from,
    term: 0,
    logTerm: 0,
    index: 0,
    entries: [],
    commit: 0,
    vote: 0,
    snapshot: undefined,
    reject: false,
    rejectHint: 0,
    context: undefined,
    responses: [],
  };
}
