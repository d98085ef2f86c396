import { describe, expect, it } from "vitest";
import type { NodeId } from "../raft/types";
import { digestOf } from "./node_report";
import { encodeBody } from "./payload";
import { VirtualCluster } from "./testing/virtual_cluster";

describe("where a peer's console is", () => {
  async function leading(): Promise<{ virtual: VirtualCluster; leader: NodeId; peer: NodeId }> {
    const virtual = new VirtualCluster(3);
    const leader = await virtual.leader();
    return { virtual, leader, peer: leader === 3 ? 2 : 3 };
  }
  const report = (console: string) =>
    encodeBody({ term: 1, committedIndex: 1, digest: digestOf([1, 2, 3], []), console });

  it("is known from its hello on, before any report", async () => {
    const { virtual, leader, peer } = await leading();
    const { handler, peers } = virtual.host(leader);
    expect(peers.has(peer)).toBe(true);
    const hello = { clusterId: "virtual", nodeId: peer, uuid: `u${peer}`, address: `h${peer}:1` };
    handler?.onReport(peer, report(""));
    expect(virtual.replica(leader).status().consoles.has(peer)).toBe(false);
    handler?.onReport(peer, report(""));
    handler?.onPeer({ ...hello, console: "http://h:1" });
    expect(virtual.replica(leader).status().consoles.get(peer)).toBe("http://h:1");
    handler?.onPeer({ ...hello, console: "" });
    expect(virtual.replica(leader).status().consoles.get(peer)).toBe("http://h:1");
  });

  it("is what its newest report says, and does not go while it is silent", async () => {
    const { virtual, leader, peer } = await leading();
    virtual.replica(peer).setConsole("http://h:3");
    await virtual.until(
      "the peer's report",
      () => virtual.replica(leader).status().consoles.get(peer) === "http://h:3",
    );
    virtual.kill(peer);
    await virtual.run(200);
    const status = virtual.replica(leader).status();
    expect(status.reports.find(({ id }) => id === peer)?.health).toBe("down");
    expect(status.consoles.get(peer)).toBe("http://h:3");
  });

  it("is forgotten with its membership", async () => {
    const { virtual, leader, peer } = await leading();
    virtual.replica(peer).setConsole("http://h:3");
    await virtual.run(20);
    await virtual.settle(virtual.replica(leader).change([{ kind: "remove", id: peer }]));
    expect(virtual.replica(leader).status().consoles.has(peer)).toBe(false);
  });
});

describe("how far a log is behind", () => {
  it("is not known of a node that the present leader never heard of its log, and never called the whole log", async () => {
    const virtual = new VirtualCluster(3);
    const dead = await virtual.leader();
    const learner = { kind: "add-learner", id: 4, address: "h4:1", name: "n4" } as const;
    await virtual.settle(virtual.replica(dead).change([learner]));
    const lagOf = (at: NodeId, of: NodeId) =>
      virtual
        .replica(at)
        .status()
        .reports.find(({ id }) => id === of)?.lag;
    await virtual.until("all logs alike", () => [1, 2, 3].every((id) => lagOf(dead, id) === 0));
    virtual.kill(dead);
    const [one = 0, other = 0] = [1, 2, 3].filter((id) => id !== dead);
    const leads = (id: NodeId) => virtual.replica(id).node.isLeader;
    await virtual.until("another leader", () => leads(one) || leads(other));
    const [leader, follower] = leads(one) ? [one, other] : [other, one];
    await virtual.until("the other voter's log", () => lagOf(leader, follower) === 0);
    for (const id of [leader, follower]) expect(lagOf(id, dead)).toBeUndefined();
    virtual.boot(dead);
    await virtual.until("the log of the one that came back", () => lagOf(leader, dead) === 0);
  });
});

describe("what every node holds, in a cluster of more than 64", () => {
  it("is known on every node, also of learners that only the leader hears", async () => {
    const virtual = new VirtualCluster(3);
    const leader = await virtual.leader();
    for (let first = 4; first <= 70; first += 40) {
      const ids = Array.from({ length: Math.min(40, 71 - first) }, (_, at) => first + at);
      const changes = ids.map((id) => ({
        kind: "add-learner" as const,
        id,
        address: `h${id}:1`,
        name: `n${id}`,
      }));
      const outcome = await virtual.settle(virtual.replica(leader).change(changes));
      expect(outcome).toMatchObject({ kind: "applied" });
      for (const id of ids) virtual.addHost(id);
    }
    const { committedIndex } = virtual.replica(leader).node.membership.current;
    const holdsAll = (id: NodeId) => {
      const { views, membership } = virtual.replica(id).status();
      return (
        views.length === 70 &&
        views.every((view) => view.committedIndex === committedIndex && view.learners === membership.learners)
      );
    };
    await virtual.until("every node's view on the leader", () => holdsAll(leader));
    await virtual.until("every node's view on a follower", () => holdsAll(leader === 1 ? 2 : 1));
    await virtual.until("every node's view on a learner", () => holdsAll(50));
    const seen = virtual.replica(50).status();
    expect(seen.reportedBy).toMatchObject({ id: leader, asLeader: true });
    expect(seen.reports.filter(({ health }) => health === "healthy")).toHaveLength(70);

    // A learner that is cut off keeps its old view, and everybody can say what it holds.
    virtual.partition(
      [60],
      [...virtual.hosts.keys()].filter((id) => id !== 60),
    );
    await virtual.settle(virtual.replica(leader).change([{ kind: "remove", id: 61 }]));
    await virtual.run(30);
    for (const id of [leader, 50]) {
      const old = virtual
        .replica(id)
        .status()
        .views.find((view) => view.id === 60);
      expect(old).toMatchObject({ committedIndex });
      expect(old?.learners).toContain(61);
    }
  });
});
