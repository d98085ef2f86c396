import { describe, expect, it } from "vitest";
import { decodeReport, digestOf, fromGroups, fromViewGroups, toGroups, toViewGroups } from "./node_report";
import { encodeBody } from "./payload";
import type { MemberReport } from "./types";

const well = (id: number, change: Partial<MemberReport> = {}): MemberReport => ({
  id,
  health: "healthy",
  healthForMs: 61_234 + id,
  lastContactMs: id % 100,
  lag: 0,
  ratePerSecond: 10.2,
  progress: "replicate",
  promotionBlocked: undefined,
  ...change,
});

const ids = Array.from({ length: 1050 }, (_, at) => at + 1);

describe("reports of members", () => {
  it("come back as they were in a small cluster", () => {
    const reports = [well(1), well(2, { health: "down", lag: undefined, progress: "probe" }), well(7)];
    const wire = JSON.parse(JSON.stringify(toGroups(reports, true))) as ReturnType<typeof toGroups>;
    expect(fromGroups(wire)).toEqual(reports);
  });

  it("take little room in a large cluster that is well, and keep what is not", () => {
    const lame = well(500, { health: "down", lastContactMs: 72_345, healthForMs: 72_345, lag: 812 });
    const reports = ids.map((id) => (id === 500 ? lame : well(id)));
    const groups = toGroups(reports, false);
    expect(encodeBody(groups).length).toBeLessThan(1000);
    const read = fromGroups(groups);
    expect(read.map(({ id }) => id)).toEqual(ids);
    expect(read[499]).toMatchObject({ health: "down", lastContactMs: 72_000, healthForMs: 72_000, lag: 812 });
    expect(read[0]).toMatchObject({ health: "healthy", lastContactMs: 0, healthForMs: 60_000, lag: 0 });
  });

  it("relays what nodes say of themselves, those that say the same as one", () => {
    const views = ids.map((id) => ({
      id,
      committedIndex: id === 7 ? 3 : 12,
      digest: "0011",
      leader: 1,
      term: 2,
      ageMs: id % 900,
    }));
    const groups = toViewGroups(views);
    expect(groups).toHaveLength(2);
    expect(fromViewGroups(groups).map(({ ageMs: _, ...said }) => said)).toEqual(
      views.map(({ ageMs: _, ...said }) => said),
    );
  });
});

describe("a report", () => {
  const report = { term: 1, committedIndex: 1, digest: "00", console: "" };
  const leading = (ranges: unknown) => ({
    ...report,
    leading: { groups: [{ ids: ranges, health: "healthy" }], views: [], lastIndex: 1 },
  });

  it("is not read where its ranges stand for more members than any cluster has", () => {
    expect(decodeReport(encodeBody(leading([[1, 5]])))).toBeDefined();
    expect(decodeReport(encodeBody(leading([[1, 4_000_000_000]])))).toBeUndefined();
    expect(decodeReport(encodeBody(leading([[5, 1]])))).toBeUndefined();
    expect(decodeReport(new Uint8Array([1, 2, 3]))).toBeUndefined();
  });
});

describe("the digest of a configuration", () => {
  it("tells configurations apart that differ in one member, or in who votes", () => {
    const seen = new Set<string>();
    for (let id = 1; id <= 500; id += 1) {
      seen.add(digestOf([1, 2, 3], [id + 3]));
      seen.add(digestOf([1, 2, 3, id + 3], []));
    }
    expect(seen.size).toBe(1000);
    expect(digestOf([1, 2], [3])).toBe(digestOf([1, 2], [3]));
  });
});
