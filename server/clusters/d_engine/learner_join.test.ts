import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { ClusterManagementService } from "../../rpc/generated/d_engine_cluster_pb";
import { nodeAddress } from "./address";
import { joinConflict, joinFailureOf, learnerToJoin } from "./learner_join";
import { nodeFaultOf } from "./node_fault";

const body = { id: "4", address: "127.0.0.1:9084" };
const failureOf = (thrown: unknown) => joinFailureOf(nodeFaultOf(thrown));

describe("a learner to join a d-engine cluster", () => {
  it("is promotable unless read-only is asked for, and never a voter at once", () => {
    expect(learnerToJoin(body)).toEqual({ id: 4, address: "127.0.0.1:9084", status: 1 });
    expect(learnerToJoin({ ...body, learnerKind: "promotable" })).toMatchObject({ status: 1 });
    expect(learnerToJoin({ ...body, learnerKind: "read-only" })).toMatchObject({ status: 2 });
  });

  it("needs an id that fits d-engine's, and one address", () => {
    expect(learnerToJoin({ ...body, id: "4294967295" })).toMatchObject({ id: 4294967295 });
    expect(learnerToJoin({ ...body, id: "4294967296" })).toMatchObject({ code: "bad-input", field: "id" });
    expect(learnerToJoin({ address: body.address })).toMatchObject({ code: "bad-input", field: "id" });
    expect(learnerToJoin({ id: "4" })).toMatchObject({ code: "bad-input", field: "address" });
    expect(learnerToJoin({ ...body, peerUrls: ["http://a:1"] })).toMatchObject({ field: "peerUrls" });
    expect(learnerToJoin({ ...body, start: "local" })).toMatchObject({ code: "unsupported" });
  });

  it("is refused where its id or address is taken, however the address is written", () => {
    const learner = { id: 4, address: "localhost:9083", status: 1 as const };
    const snapshot = { members: ["1", "2", "3"], learners: [], committedIndex: 0 };
    const records = new Map([[3, { id: 3, address: "0.0.0.0:9083", status: 3 }]]);
    expect(joinConflict(learner, snapshot, records)).toMatchObject({
      code: "address-taken",
      field: "address",
    });
    expect(joinConflict({ ...learner, id: 2 }, snapshot, new Map())).toMatchObject({
      code: "already-member",
      nextFreeId: "4",
    });
    expect(joinConflict({ ...learner, address: "localhost:9084" }, snapshot, records)).toBeUndefined();
  });
});

/** An error of the system below, as the connection wraps it. */
function system(code: string, syscall: string): ConnectError {
  const cause = Object.assign(new Error(`${syscall} ${code}`), { code, syscall });
  return new ConnectError(cause.message, Code.Unavailable, undefined, undefined, cause);
}

describe("a join that failed", () => {
  it("certainly did nothing where nothing was sent or the node refused", () => {
    expect(failureOf(system("ECONNREFUSED", "connect"))).toMatchObject({ kind: "not-sent" });
    expect(failureOf(system("EHOSTUNREACH", "connect"))).toMatchObject({ kind: "not-sent" });
    expect(failureOf(new ConnectError("Service is not ready", Code.Unavailable))).toMatchObject({
      kind: "not-sent",
    });
    expect(failureOf(new ConnectError("not the leader", Code.PermissionDenied))).toEqual({
      kind: "elsewhere",
    });
    expect(failureOf(new ConnectError("no", Code.FailedPrecondition))).toMatchObject({ kind: "refused" });
    expect(failureOf(new ConnectError("not here", Code.Unimplemented))).toMatchObject({
      kind: "refused",
      problem: { code: "unsupported" },
    });
  });

  it("is in doubt at a deadline or a broken connection", () => {
    for (const code of [
      Code.DeadlineExceeded,
      Code.Unavailable,
      Code.Canceled,
      Code.Internal,
      Code.Unknown,
    ]) {
      expect(failureOf(new ConnectError("gone", code))).toEqual({ kind: "unknown" });
    }
    // The host behind an open connection has vanished.
    expect(failureOf(system("EHOSTUNREACH", "read"))).toEqual({ kind: "unknown" });
  });

  it("says that the node is in where it was added before", () => {
    const text = "Node(4) already been added into cluster config.";
    expect(failureOf(new ConnectError(text, Code.FailedPrecondition))).toEqual({ kind: "added" });
  });
});

describe("what this console can call", () => {
  it("has no UpdateClusterConf: it goes around the log", () => {
    const names = ClusterManagementService.methods.map(({ name }) => name);
    expect(names.sort()).toEqual(["DiscoverLeader", "GetClusterMetadata", "JoinCluster"]);
  });
});

describe("an address", () => {
  it("is one and the same however this machine is written", () => {
    const same = ["127.0.0.1:9081", "http://localhost:9081", "0.0.0.0:9081", "https://[::1]:9081/"];
    expect(new Set(same.map(nodeAddress))).toEqual(new Set(["127.0.0.1:9081"]));
    expect(nodeAddress("n1.example:9081")).toBe("n1.example:9081");
    expect(nodeAddress("n1.example")).toBeUndefined();
    expect(nodeAddress("10.0.0.1:99999")).toBeUndefined();
  });
});
