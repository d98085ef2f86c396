import { connect, constants } from "node:http2";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { engineStatus } from "../clusters/testing/engine_status";
import { RealNodes } from "../clusters/testing/real_nodes";
import { RaftClientService } from "../rpc/generated/d_engine_client_pb";
import { ClusterManagementService } from "../rpc/generated/d_engine_cluster_pb";
import { checkedId, checkReady, toClusterMembership, toLeaderDiscovery } from "./answers";
import { type DEngineApi, startDEngineApi } from "./api_server";
import { STREAMS_MAX } from "./streams";

const codeOf = (thrown: unknown) => ConnectError.from(thrown).code;

describe("d-engine's client interface of our nodes", { timeout: 200_000 }, () => {
  let nodes: RealNodes;
  const apis: DEngineApi[] = [];

  beforeEach(async () => {
    nodes = await RealNodes.start(3);
    for (const engine of nodes.engines) {
      const api = await startDEngineApi({ engine, host: "127.0.0.1", port: 0 });
      if ("message" in api) throw new Error(api.message);
      engine.setDEngineApi(`127.0.0.1:${api.port}`);
      apis.push(api);
    }
  });

  afterEach(async () => {
    await Promise.all(apis.splice(0).map((api) => api.close()));
    await nodes.close();
  });

  const urlOf = (at: number) => `http://127.0.0.1:${apis[at]?.port}`;
  const transport = (at: number) => createGrpcTransport({ baseUrl: urlOf(at) });
  const watcher = (at: number) => createClient(RaftClientService, transport(at));
  const manager = (at: number) => createClient(ClusterManagementService, transport(at));

  it("tells the membership at once and after every change, on every node", async () => {
    const ended = new AbortController();
    const streams = [0, 1, 2].map((at) =>
      watcher(at).watchMembership({ clientId: 7 }, { signal: ended.signal })[Symbol.asyncIterator](),
    );
    for (const stream of streams) {
      expect((await stream.next()).value).toMatchObject({
        members: [1, 2, 3],
        learners: [],
        committedIndex: 1n,
      });
    }
    const leader = await nodes.leader();
    const added = await leader.addLearner({ id: 9, address: await nodes.startLearner(9) });
    expect(added.kind).toBe("applied");
    const seen = await Promise.all(streams.map((stream) => stream.next()));
    for (const { value } of seen) {
      expect(value).toMatchObject({ members: [1, 2, 3], learners: [9] });
      expect(value.committedIndex).toBe(seen[0]?.value.committedIndex);
    }
    ended.abort();
    await expect.poll(() => apis.map((api) => api.streams), { timeout: 60_000 }).toEqual([0, 0, 0]);
  });

  it("tells leader, term and the addresses of this interface", async () => {
    const leader = await nodes.leader();
    const at = nodes.engines.indexOf(leader);
    const addresses = apis.map((api) => `127.0.0.1:${api.port}`);
    await expect
      .poll(async () => (await manager(0).getClusterMetadata({})).nodes.map(({ address }) => address), {
        timeout: 60_000,
      })
      .toEqual(addresses);
    const metadata = await manager(1).getClusterMetadata({});
    expect(metadata).toMatchObject({ version: 1n, currentLeaderId: leader.nodeId });
    expect(metadata.nodes.map(({ status }) => status)).toEqual([3, 3, 3]);
    const discovered = await manager(2).discoverLeader({ nodeId: 9, requesterAddress: "" });
    expect(discovered.leaderId).toBe(leader.nodeId);
    expect(discovered.leaderAddress).toBe(addresses[at]);
    expect(discovered.term).toBe(BigInt(leader.leaderInfo().term));
  });

  it("takes no change: neither JoinCluster nor UpdateClusterConf", async () => {
    const join = manager(0).joinCluster({ nodeId: 4, nodeRole: 4, address: "127.0.0.1:1", status: 1 });
    expect(codeOf(await join.catch((thrown) => thrown))).toBe(Code.Unimplemented);
    const path = "/d_engine.server.cluster.ClusterManagementService/UpdateClusterConf";
    expect(await rawCall(urlOf(0), { ":path": path, "content-type": "application/grpc" })).toMatchObject({
      ":status": 200,
      "grpc-status": "12",
    });
    expect(nodes.engines.map((engine) => engine.status().membership.committedIndex)).toEqual([1, 1, 1]);
  });

  it("lives through what is no request of anybody's", async () => {
    const path = "/d_engine.client.RaftClientService/WatchMembership";
    const grpc = { ":path": path, "content-type": "application/grpc" };
    expect((await rawCall(urlOf(0), { ...grpc, ":authority": "a b" }))?.[":status"]).not.toBe(200);
    expect(await rawCall(urlOf(0), { ...grpc, "content-type": "text/html" })).toMatchObject({
      ":status": 415,
    });
    await rawCall(urlOf(0), grpc, Buffer.alloc(100_000, 0xff));
    await rawCall(urlOf(0), grpc, Buffer.from([0, 0xff, 0xff, 0xff, 0xff]));
    expect((await manager(0).getClusterMetadata({})).nodes).toHaveLength(3);
  });

  it("bounds its streams, and ends them with UNAVAILABLE when it closes", async () => {
    const client = watcher(0);
    const open = [];
    for (let at = 0; at < 20; at += 1) open.push(client.watchMembership({})[Symbol.asyncIterator]());
    for (const stream of open) await stream.next();
    expect(apis[0]?.streams).toBe(20);
    expect(STREAMS_MAX).toBeGreaterThan(20);
    const waiting = open.map((stream) => stream.next().catch(codeOf));
    await apis[0]?.close();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([Code.Unavailable]));
  });
});

describe("what d-engine's interface cannot carry", () => {
  it("is refused, never cut short", () => {
    expect(checkedId(0xffff_ffff)).toBe(0xffff_ffff);
    for (const id of [0x1_0000_0000, 1.5, -1]) expect(() => checkedId(id)).toThrow(/32-bit/);
    const status = engineStatus();
    const large = { ...status, membership: { members: [1, 0x1_0000_0001], learners: [], committedIndex: 5 } };
    expect(() => toClusterMembership(large)).toThrow(/node 4294967297/);
    expect(() => toLeaderDiscovery({ ...status, leader: { leader: 0x1_0000_0001, term: 2 } })).toThrow(
      /32-bit/,
    );
  });

  it("is told by a node only once it is a member with a view", () => {
    const status = engineStatus();
    expect(() => checkReady({ ...status, standing: "joining" })).toThrow(/not ready/);
    expect(() => checkReady({ ...status, standing: "removed" })).toThrow(/removed/);
  });

  it("names nobody while there is no leader", () => {
    const status = { ...engineStatus(), leader: { leader: undefined, term: 8 } };
    expect(toLeaderDiscovery(status)).toEqual({ leaderId: 0, leaderAddress: "", term: 8n });
    expect(toClusterMembership(status).currentLeaderId).toBeUndefined();
  });
});

/** One HTTP/2 request as it is; answers the response's headers, or undefined where the stream ended without. */
function rawCall(
  url: string,
  headers: Record<string, string>,
  body?: Buffer,
): Promise<Record<string, unknown> | undefined> {
  return new Promise((resolve) => {
    const session = connect(url);
    session.on("error", () => resolve(undefined));
    const call = session.request({ ":method": "POST", te: "trailers", ...headers });
    let answer: Record<string, unknown> | undefined;
    call.on("response", (given) => {
      answer = given;
    });
    call.on("error", () => {});
    call.on("close", () => {
      session.destroy();
      resolve(answer);
    });
    call.resume();
    call.end(body ?? Buffer.from([0, 0, 0, 0, 0]));
    // A stream that is answered stays open: its first word is enough.
    call.once("data", () => call.close(constants.NGHTTP2_CANCEL));
  });
}
