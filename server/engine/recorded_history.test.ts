import { describe, expect, it } from "vitest";
import { emptyConfState } from "./configuration";
import type { ChangeContext } from "./payload";
import { Registry } from "./registry";
import { seededRandom } from "./testing/virtual_cluster";
import type { HistoryRecord, MemberChange } from "./types";

const voter = (id: number) => ({ id, name: `n${id}`, address: `h${id}:1`, uuid: `u${id}` });

function contextOf(requestId: string, change: MemberChange): ChangeContext {
  return { requestId, expectedIndex: null, actor: "test", time: 1000, changes: [change] };
}

/** A registry that went through `changes` random changes, and what its history must be, with whole lists. */
function grown(changes: number, seed: number) {
  const random = seededRandom(seed);
  const registry = Registry.bootstrap([1, 2, 3].map(voter), 0, "test");
  let conf = { ...emptyConfState, voters: [1, 2, 3] };
  const expected: Pick<HistoryRecord, "index" | "members" | "learners">[] = [
    { index: 1, members: [1, 2, 3], learners: [] },
  ];
  const note = (index: number) => expected.push({ index, members: conf.voters, learners: conf.learners });
  for (let index = 2; index < 2 + changes; index += 1) {
    const requestId = `request-${index}`;
    const turn = random(4);
    const learner = conf.learners[random(Math.max(1, conf.learners.length))];
    if (turn === 0) {
      registry.reject(index, 1, contextOf(requestId, { kind: "promote", id: 9999 }), "no");
    } else if (turn === 1 || learner === undefined) {
      const id = registry.nextId;
      conf = { ...conf, learners: [...conf.learners, id] };
      const change = { kind: "add-learner", id, address: `h${id}:1`, name: `n${id}` } as const;
      registry.applyChange(index, 1, contextOf(requestId, change), conf);
    } else {
      const learners = conf.learners.filter((id) => id !== learner);
      const voters = turn === 2 ? conf.voters : [...conf.voters, learner].sort((a, b) => a - b);
      conf = { ...conf, voters, learners };
      const kind = turn === 2 ? "remove" : "promote";
      registry.applyChange(index, 1, contextOf(requestId, { kind, id: learner }), conf);
    }
    note(index);
  }
  return { registry, expected };
}

const lists = ({ index, members, learners }: HistoryRecord) => ({ index, members, learners });

describe("the history", () => {
  it("has the lists of every record as they were, though only differences are kept", () => {
    for (const seed of [1, 2, 3]) {
      const { registry, expected } = grown(300, seed);
      expect(registry.history(0, 1000).map(lists)).toEqual(expected);
      expect(registry.history(120, 40).map(lists)).toEqual(expected.slice(120, 160));
      const decoded = Registry.decode(registry.encode());
      expect(decoded?.history(0, 1000)).toEqual(registry.history(0, 1000));
    }
  });

  it("tells which lists were in force from an index on, and none for one it does not have", () => {
    const { registry, expected } = grown(100, 4);
    const { index, ...at } = expected[50] ?? { index: 0 };
    expect(registry.listsAt(index)).toEqual(at);
    expect(registry.listsAt(5000)).toBeUndefined();
  });

  it("drops the oldest records and still has the right lists of the others", () => {
    const { registry, expected } = grown(10_050, 5);
    const kept = registry.history(0, 20_000);
    expect(kept).toHaveLength(10_000);
    expect(kept.slice(0, 3).map(lists)).toEqual(expected.slice(51, 54));
    expect(kept.slice(-3).map(lists)).toEqual(expected.slice(-3));
  });

  it("does not repeat a thousand members in every record of a log snapshot", () => {
    const registry = Registry.bootstrap([voter(1)], 0, "test");
    let conf = { ...emptyConfState, voters: [1] };
    for (let index = 2; index <= 1001; index += 1) {
      conf = { ...conf, learners: [...conf.learners, index] };
      const change = { kind: "add-learner", id: index, address: `h${index}:1`, name: `n${index}` } as const;
      registry.applyChange(index, 1, contextOf(`request-${index}`, change), conf);
    }
    // With whole lists it would be a thousand times five hundred ids: over 2 MB.
    expect(registry.encode().length).toBeLessThan(600_000);
  });
});
