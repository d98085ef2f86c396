import { describe, expect, it } from "vitest";
import type { MembershipView } from "../../../protocol/membership";
import { capabilitiesOf } from "./capabilities";
import { composeStatus } from "./cluster_status";
import type { EndpointReport } from "./endpoint_poll";
import { type EtcdChange, refusalOf } from "./gates";
import type { EtcdMember } from "./member";
import { faultOfKind, memberOf, reportOf } from "./testing/answers";

const NOW = 100_000;

/** Judges a change of a cluster with n1 as leader; members without a report answered a moment ago. */
function judge(
  change: EtcdChange,
  members: readonly EtcdMember[],
  more: {
    readonly version?: string;
    readonly reports?: Readonly<Record<string, Partial<EndpointReport>>>;
  } = {},
) {
  const reports = new Map(
    members
      .filter(({ clientUrls }) => clientUrls.length > 0)
      .map((member) => {
        const version = more.version ?? "3.6.14";
        const report = {
          ...reportOf(member, NOW - 100, { version, applied: 1000n }),
          ...more.reports?.[member.name],
        };
        return [member.id, report] as const;
      }),
  );
  const ids = (isLearner: boolean) =>
    members.filter((one) => one.isLearner === isLearner).map(({ id }) => id);
  const snapshot = { members: ids(false), learners: ids(true), committedIndex: 5 };
  const view: MembershipView = { epoch: "e", exact: true, sequence: 1, snapshot };
  const status = composeStatus({
    ...{
      view,
      views: [view],
      now: NOW,
      leaderlessSince: NOW,
      changeInProgress: null,
      plans: [],
      removed: [],
    },
    known: { clusterId: "7", members, linearizable: true, at: NOW },
    reports: [...reports.values()],
    reportOf: (id) => reports.get(id),
    refusals: 0,
    trouble: undefined,
    unasked: [],
    blocked: undefined,
    progress: undefined,
    wishedName: () => undefined,
  });
  const capabilities = capabilitiesOf(false);
  return refusalOf({ change, members, status, capabilities, reportOf: (id) => reports.get(id), now: NOW });
}

const three = [memberOf(1), memberOf(2), memberOf(3)];
const unstarted = (number: number, isLearner = true) =>
  memberOf(number, { name: "", clientUrls: [], isLearner });
const add: EtcdChange = { kind: "add-learner", name: "n9", peerUrls: ["http://10.0.0.9:2380"] };
const down = { self: undefined, fault: faultOfKind("unreachable"), failures: 3 };

describe("etcd's gates, foreseen", () => {
  it("let a learner in where all is well", () => {
    expect(judge(add, three)).toBeUndefined();
    expect(judge(add, [memberOf(1)], { version: "3.4.23" })).toBeUndefined();
  });

  it("take one learner at a time before 3.6, where the limit is a flag that cannot be asked for", () => {
    const members = [...three, unstarted(4)];
    expect(judge(add, members, { version: "3.4.23" })).toMatchObject({ code: "learner-limit" });
    expect(judge(add, members, { version: "3.6.14" })).toBeUndefined();
  });

  it("want peer URLs of one's own, however they are spelt", () => {
    const taken: EtcdChange = { ...add, peerUrls: ["http://10.0.0.2:2380/"] };
    expect(judge(taken, three)).toMatchObject({ code: "address-taken", field: "peerUrls" });
  });

  it("want all voters connected before 3.5.30 and 3.6.11, and since then a majority without the new one", () => {
    const five = [...three, memberOf(4), memberOf(5)];
    const reports = { n3: down };
    expect(judge(add, five, { version: "3.5.29", reports })).toMatchObject({ code: "cluster-unhealthy" });
    expect(judge(add, five, { version: "3.6.10", reports })).toMatchObject({ code: "cluster-unhealthy" });
    expect(judge(add, five, { version: "3.5.30", reports })).toBeUndefined();
    expect(judge(add, three, { version: "3.6.14", reports })).toMatchObject({
      code: "cluster-unhealthy",
      detail: expect.stringContaining("3 of 3 voters"),
    });
  });

  it("want them connected for 5 s", () => {
    const back = (ago: number) => ({ n3: { returnedAt: NOW - ago } });
    expect(judge(add, three, { reports: back(2000) })).toMatchObject({
      code: "cluster-unhealthy",
      detail: expect.stringContaining("n3 came back"),
    });
    expect(judge(add, three, { reports: back(5000) })).toBeUndefined();
    expect(judge(add, [memberOf(1)], { reports: { n1: { returnedAt: NOW } } })).toBeUndefined();
  });

  it("promote who was started and has 90 % of the leader's log", () => {
    const learner = memberOf(4, { isLearner: true });
    const at = (applied: bigint) => ({ n4: reportOf(learner, NOW - 100, { applied }) });
    const promote: EtcdChange = { kind: "promote", id: "4" };
    expect(judge(promote, [...three, learner], { reports: at(900n) })).toBeUndefined();
    expect(judge(promote, [...three, learner], { reports: at(899n) })).toMatchObject({
      code: "not-caught-up",
      detail: expect.stringContaining("89 %"),
    });
    expect(judge(promote, [...three, unstarted(4)])).toMatchObject({
      code: "not-caught-up",
      detail: expect.stringContaining("not been started"),
    });
    expect(judge({ kind: "promote", id: "1" }, three)).toMatchObject({ code: "not-a-learner" });
  });

  it("remove only what leaves a majority that is healthy and was started", () => {
    const remove = (id: string): EtcdChange => ({ kind: "remove", id });
    expect(judge(remove("3"), three)).toBeUndefined();
    expect(judge(remove("2"), three, { reports: { n3: down } })).toMatchObject({ code: "would-lose-quorum" });
    expect(judge(remove("3"), three, { reports: { n3: down } })).toBeUndefined();
    expect(judge(remove("1"), [memberOf(1)])).toMatchObject({ code: "would-lose-quorum" });
    expect(judge(remove("9"), three)).toMatchObject({ code: "not-a-member" });
  });

  it("update peer URLs, but not a learner's where that makes it no learner, nor the last spare voter's", () => {
    const to = (id: string): EtcdChange => ({
      kind: "update-address",
      id,
      peerUrls: ["http://10.0.0.9:2380"],
    });
    const withLearner = [...three, unstarted(4)];
    expect(judge(to("3"), three)).toBeUndefined();
    expect(judge(to("4"), withLearner, { version: "3.6.12" })).toBeUndefined();
    expect(judge(to("4"), withLearner, { version: "3.6.11" })).toMatchObject({
      detail: expect.stringContaining("21694"),
    });
    expect(judge(to("2"), three, { reports: { n3: down } })).toMatchObject({ code: "would-lose-quorum" });
    expect(judge(to("3"), three, { reports: { n3: down } })).toBeUndefined();
    const taken: EtcdChange = { kind: "update-address", id: "3", peerUrls: ["http://10.0.0.1:2380"] };
    expect(judge(taken, three)).toMatchObject({ code: "address-taken" });
  });

  it("refuse everything while nobody leads", () => {
    const reports = Object.fromEntries(
      three.map((one) => [one.name, reportOf(one, NOW - 100, { leader: 0n })]),
    );
    expect(judge(add, three, { reports })).toMatchObject({ code: "no-leader" });
    expect(
      judge({ kind: "update-address", id: "3", peerUrls: ["http://10.0.0.9:2380"] }, three, { reports }),
    ).toMatchObject({
      code: "no-leader",
    });
  });
});
