import { describe, expect, it } from "vitest";
import type { NodeId } from "../raft/types";
import { encodeBody } from "./payload";
import { VirtualCluster } from "./testing/virtual_cluster";

describe("where a peer's console is", () => {
  async function leading(): Promise<{ virtual: VirtualCluster; leader: NodeId; peer: NodeId }> {
    const virtual = new VirtualCluster(3);
    const leader = await virtual.leader();
    return { virtual, leader, peer: leader === 3 ? 2 : 3 };
  }
  const report = (console: string) =>
    encodeBody({ term: 1, committedIndex: 1, members: [1, 2, 3], learners: [], console });

  it("is known from its hello on, before any report", async () => {
    const { virtual, leader, peer } = await leading();
    const { handler, peers } = virtual.host(leader);
    expect(peers.has(peer)).toBe(true);
    const hello = { clusterId: "virtual", nodeId: peer, uuid: `u${peer}`, address: `h${peer}:1` };
    handler?.onReport(peer, report(""));
    expect(virtual.replica(leader).status().consoles.has(peer)).toBe(false);
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
