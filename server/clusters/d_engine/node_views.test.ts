import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type NodeView, NodeViews } from "./node_views";

const view = (committedIndex: number, members = [1, 2, 3], learners: number[] = []): NodeView => ({
  members,
  learners,
  committedIndex,
});

/** Three nodes that told the same view and are settled on it; `absent` may be filled by the test. */
function settledCluster(first = view(4)) {
  const absent = new Set<string>();
  const views = new NodeViews((key) => !absent.has(key));
  for (const key of ["a", "b", "c"]) views.observe(key, first);
  views.settle(true);
  return { views, absent };
}

describe("the views of a d-engine cluster's nodes", () => {
  it("tell nothing until the nodes were heard", () => {
    const views = new NodeViews(() => true);
    expect(views.settle(true)).toBeUndefined();
    views.observe("a", view(0));
    expect(views.current).toBeUndefined();
    expect(views.settle(false)).toEqual({ epoch: 1, view: view(0) });
  });

  it("begin with what most nodes with the highest index say", () => {
    const views = new NodeViews(() => true);
    const five = view(6, [1, 2, 3, 4, 5]);
    views.observe("restarted long ago", view(6, [1, 2, 3]));
    views.observe("b", five);
    views.observe("c", five);
    expect(views.settle(true)?.view).toEqual(five);
    expect(views.follows("restarted long ago")).toBe(false);
    expect(views.follows("b")).toBe(true);
  });

  it("make the highest index the cluster's, whoever told it first", () => {
    const { views } = settledCluster();
    expect(views.observe("b", view(5, [1, 2, 3], [4]))).toEqual({ epoch: 1, view: view(5, [1, 2, 3], [4]) });
    expect(views.observe("a", view(5, [1, 2, 3], [4]))).toBeUndefined();
  });

  it("name a fall to 0 as the node's own epoch and keep the cluster's view", () => {
    const { views } = settledCluster();
    expect(views.observe("a", view(0))).toBeUndefined();
    expect(views.restartOf("a")).toEqual({ epoch: 2, fromIndex: 4, toIndex: 0 });
    expect(views.current).toEqual({ epoch: 1, view: view(4) });
    views.observe("a", view(5, [1, 2, 3, 9]));
    views.observe("a", view(0));
    expect(views.restartOf("a")?.epoch).toBe(3);
  });

  it("do not take the members of a node that forgot, even when it is first with a higher index", () => {
    const { views } = settledCluster(view(4, [1, 2, 3, 4, 5]));
    views.observe("a", view(0, [1, 2, 3]));
    expect(views.observe("a", view(5, [1, 2, 3], [6]))).toBeUndefined();
    const right = view(5, [1, 2, 3, 4, 5], [6]);
    expect(views.observe("b", right)?.view).toEqual(right);
    expect(views.follows("a")).toBe(false);
    expect(views.restartOf("a")?.toIndex).toBe(0);
  });

  it("take a node that forgot when nobody else can be heard", () => {
    const { views, absent } = settledCluster();
    views.observe("a", view(0));
    views.observe("a", view(7, [1, 2, 3], [8]));
    expect(views.current?.view.committedIndex).toBe(4);
    absent.add("b").add("c");
    expect(views.reconsider()).toEqual({ epoch: 1, view: view(7, [1, 2, 3], [8]) });
  });

  it("take a node back into step once it tells the cluster's view again", () => {
    const { views } = settledCluster();
    views.observe("a", view(0));
    views.observe("a", view(4));
    expect(views.restartOf("a")).toBeUndefined();
    expect(views.follows("a")).toBe(true);
  });

  it("begin an epoch only when every node that served the highest index restarted lower", () => {
    const { views, absent } = settledCluster();
    absent.add("c");
    views.observe("a", view(0));
    expect(views.observe("b", view(0))).toBeUndefined();
    expect(views.current?.epoch).toBe(1);
    expect(views.observe("c", view(0))).toEqual({ epoch: 2, view: view(0) });
  });

  it("go on with what an earlier run recorded, and drop it only when all were heard", () => {
    const recorded = { epoch: 3, committedIndex: 9 };
    const same = new NodeViews(() => true, recorded);
    same.observe("a", view(9));
    expect(same.settle(false)).toEqual({ epoch: 3, view: view(9) });
    const forgot = new NodeViews(() => true, recorded);
    forgot.observe("a", view(0));
    expect(forgot.settle(false)).toBeUndefined();
    expect(forgot.settle(true)).toEqual({ epoch: 4, view: view(0) });
  });

  it("never go back within an epoch, whatever nodes say", () => {
    const step = fc.record({
      key: fc.constantFrom("a", "b", "c", "d"),
      index: fc.nat(6),
      away: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { views, absent } = settledCluster(view(0));
        let last = views.current;
        for (const { key, index, away } of steps) {
          if (away) absent.add(key);
          else absent.delete(key);
          views.observe(key, view(index, index % 2 === 0 ? [1, 2, 3] : [1, 2]));
          views.reconsider();
          const now = views.current;
          expect(now?.epoch).toBeGreaterThanOrEqual(last?.epoch ?? 0);
          if (now?.epoch === last?.epoch) {
            expect(now?.view.committedIndex).toBeGreaterThanOrEqual(last?.view.committedIndex ?? 0);
          }
          last = now;
        }
      }),
    );
  });
});
