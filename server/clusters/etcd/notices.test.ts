import { describe, expect, it } from "vitest";
import type { EndpointReport } from "./endpoint_poll";
import type { EtcdMember } from "./member";
import { noticesOf } from "./notices";
import { faultOfKind, memberOf, reportOf } from "./testing/answers";

function notices(
  members: readonly EtcdMember[],
  reports: readonly EndpointReport[],
  more: Partial<Parameters<typeof noticesOf>[0]> = {},
) {
  return noticesOf({
    ...{
      members,
      clusterId: "7",
      reports,
      removed: [],
      stale: false,
      trouble: undefined,
      blocked: undefined,
      unasked: [],
    },
    reportOf: (id) => reports.find(({ self }) => self?.value.id === id),
    ...more,
  });
}

const members = [memberOf(1), memberOf(2)];
const [n1, n2] = [memberOf(1), memberOf(2)];
const versions = (one: string, other = one) => [
  reportOf(n1, 0, { version: one }),
  reportOf(n2, 0, { version: other }),
];
const ids = (found: ReturnType<typeof notices>) => found.map(({ id }) => id);

describe("notices about an etcd cluster", () => {
  it("are none where all is well", () => {
    expect(notices(members, versions("3.6.14"))).toEqual([]);
  });

  it("tell which member is not asked, since the credentials would cross the network in the clear", () => {
    const found = notices(members, versions("3.6.14"), { unasked: [n2] });
    expect(found).toMatchObject([{ tone: "warning", member: "2" }]);
    expect(found[0]?.text).toContain("n2 serves its clients at http://10.0.0.2:2379: it is not asked");
  });

  it("tell an alarm once, however many members repeat it, by the member's name", () => {
    const errors = ["memberID:2 alarm:NOSPACE "];
    const found = notices(members, [reportOf(n1, 0, { errors }), reportOf(n2, 0, { errors })]);
    expect(found).toMatchObject([
      { id: "alarm-NOSPACE-2", tone: "critical", member: "2", text: expect.stringContaining("n2") },
    ]);
    const corrupt = notices(members, [reportOf(n1, 0, { errors: ["memberID:99 alarm:CORRUPT "] })]);
    expect(corrupt).toMatchObject([{ member: null, text: expect.stringContaining("data of 63 is corrupt") }]);
  });

  it("put the gravest first", () => {
    const errors = ["memberID:1 alarm:NOSPACE "];
    const found = notices(members, [
      reportOf(n1, 0, { version: "3.5.20", errors }),
      ...versions("3.4.23").slice(1),
    ]);
    expect(found.map(({ tone }) => tone)).toEqual(["critical", "warning", "info", "info"]);
  });

  it("warn about versions with known defects, where they matter", () => {
    const learner = memberOf(3, { isLearner: true });
    expect(ids(notices(members, versions("3.5.25")))).toEqual(["zombies"]);
    expect(ids(notices(members, versions("3.5.26")))).toEqual([]);
    expect(ids(notices([...members, learner], versions("3.6.11")))).toEqual(["learner-flag"]);
    expect(ids(notices([...members, learner], versions("3.6.12")))).toEqual([]);
    expect(ids(notices(members, versions("3.5.31", "3.6.14")))).toEqual(["mixed-versions"]);
    expect(ids(notices(members, versions("3.4.23")))).toEqual(["old-version"]);
  });

  it("name endpoints that belong to another cluster or to nobody", () => {
    const other = { ...reportOf(memberOf(9), 0, { clusterId: 8n }), url: "http://other:2379" };
    const gone = { ...reportOf(memberOf(8), 0), url: "http://gone:2379" };
    expect(ids(notices(members, [...versions("3.6.14"), other, gone]))).toEqual([
      "foreign-http://other:2379",
      "gone-http://gone:2379",
    ]);
  });

  it("say that nothing answers only where nothing does", () => {
    const silent = reportOf(n1, 0, { fault: faultOfKind("unreachable", "connect ECONNREFUSED") });
    expect(notices([], [silent])).toMatchObject([
      { id: "silence", text: expect.stringContaining("ECONNREFUSED") },
    ]);
    expect(notices(members, [silent, reportOf(n2, 0)])).toEqual([]);
  });

  it("remember whose data directory has to be wiped, and what is wrong with the record", () => {
    const found = notices(members, versions("3.6.14"), {
      removed: [memberOf(5)],
      trouble: "The disk is full.",
    });
    expect(found).toMatchObject([
      { id: "record", text: "The disk is full." },
      { id: "removed-5", advice: expect.stringContaining("wipe") },
    ]);
  });
});
