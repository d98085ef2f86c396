import { create } from "@bufbuild/protobuf";
import { beforeEach, describe, expect, it } from "vitest";
import type { MemberId, MembershipView } from "../../../protocol/membership";
import { member, statusOf } from "../../../protocol/testing/status_fixture";
import { MemberAddResponseSchema } from "../../rpc/generated/etcd_pb";
import { ManualTimers } from "../testing/manual_timers";
import { capabilitiesOf } from "./capabilities";
import { EtcdChanges } from "./changes";
import type { EtcdEndpoint } from "./endpoint";
import type { Call } from "./fault";
import { type EtcdMember, toSelf } from "./member";
import type { MembershipLook } from "./membership_read";
import { endpointOf, faultOfKind, listAnswer, memberOf, statusAnswer } from "./testing/answers";

const urls = ["http://10.0.0.4:2380"];
const four = memberOf(4, { name: "", clientUrls: [], isLearner: true });
const before = [memberOf(1), memberOf(2), memberOf(3)];
const intent = { kind: "add-learner", id: null, name: "n4", peerUrls: urls } as const;
const fence = { epoch: "e1", committedIndex: 12 };
const context = { fence, requestId: "request-1", actor: "ann", timeoutMs: 10_000 };

/** What the members were after each read or change that was taken in, and where the request went. */
let taken: (readonly EtcdMember[])[];
let went: MemberId[];
beforeEach(() => {
  taken = [];
  went = [];
});

/** Adds n4 to n1 to n3, of which n1 leads and n2 was read from. */
async function add(endpoints: Readonly<Record<MemberId, Partial<EtcdEndpoint>>>, readMs = 0) {
  const timers = new ManualTimers();
  const self = statusAnswer({ id: 2n });
  if (!self.ok) throw new Error("never");
  const look: MembershipLook = {
    ...{ clusterId: "7", members: before, index: 10, exact: true },
    by: toSelf(self.value),
  };
  const status = statusOf(["1", "2", "3"].map((id) => member({ id })));
  const snapshot = { members: ["1", "2", "3"], learners: [], committedIndex: 12 };
  const newest: MembershipView = { epoch: "e1", exact: true, sequence: 1, snapshot };
  const changes = new EtcdChanges({
    observer: {
      read: async () => {
        timers.advance(readMs);
        return { ok: true, value: look };
      },
      reportOf: () => undefined,
      endpointOf: (id) => endpointOf({ url: `http://10.0.0.${id}:2379`, ...endpoints[id] }),
      takeOwn: ({ members }) => void taken.push(members),
    },
    timers,
    capabilities: capabilitiesOf(false),
    newest: () => newest,
    status: () => status,
    sending: (_requestId, { id }) => {
      went.push(id);
      return undefined;
    },
  });
  return changes.make({ kind: "add-learner", name: "n4", peerUrls: urls }, intent, context);
}

/** An endpoint that adds n4, and tells these members when it is read afterwards. */
function adding(afterwards: readonly EtcdMember[]): Partial<EtcdEndpoint> {
  const told = listAnswer(...before, four);
  const members = told.ok ? told.value.members : [];
  const value = create(MemberAddResponseSchema, { members, member: members.at(-1) });
  return {
    addLearner: async () => ({ ok: true, value }),
    status: async () => statusAnswer({}),
    members: async () => listAnswer(...afterwards),
  };
}

const unanswered = (kind: Parameters<typeof faultOfKind>[0], ambiguous = false) => ({
  addLearner: async (): Promise<Call<never>> => ({ ok: false, fault: faultOfKind(kind, kind, ambiguous) }),
});

describe("a change of members", () => {
  it.each(["unreachable", "tls"] as const)(
    "goes to the member that was read from where the leader's endpoint is %s to this console",
    async (kind) => {
      const done = await add({ "1": unanswered(kind), "2": adding([...before, four]) });
      expect(done).toMatchObject({ added: { id: "4" } });
      expect(went).toEqual(["1", "2"]);
    },
  );

  it("is not sent once its time is up: it would only be in doubt", async () => {
    const refused = await add({ "1": adding([]) }, context.timeoutMs);
    expect(refused).toMatchObject({ problem: { detail: expect.stringContaining("nothing was done") } });
    expect(went).toEqual([]);
  });

  it("goes nowhere else once the leader may have it, or said no", async () => {
    expect(await add({ "1": unanswered("refused"), "2": adding([]) })).toMatchObject({ rejected: true });
    expect(await add({ "1": unanswered("not-allowed"), "2": adding([]) })).toMatchObject({
      problem: { code: "cluster-access" },
    });
    expect(went).toEqual(["1", "1"]);
  });

  it("is followed by what a read after it finds: somebody else may have gone on meanwhile", async () => {
    const later = [memberOf(1), memberOf(2), four];
    const done = await add({ "1": adding(later) });
    expect(taken).toEqual([later]);
    expect(done).toMatchObject({ members: later, added: { id: "4" } });
  });
});
