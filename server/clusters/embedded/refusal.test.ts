import { expect, it } from "vitest";
import type { MembershipView } from "../../../protocol/membership";
import { toProblem } from "./refusal";

const newest: MembershipView = {
  epoch: "e1",
  exact: true,
  sequence: 1,
  snapshot: { members: ["1", "2", "3"], learners: [], committedIndex: 1 },
};
const told = { nameOf: (id: string) => `n${id}`, newest, fenceIndex: undefined };

it("names the voter that did not take over, and who leads", () => {
  const failed = { code: "transfer-failed", target: 2, term: 3 } as const;
  expect(toProblem({ ...failed, leader: 1 }, told).detail).toBe(
    "n2 did not take over; n1 still leads term 3.",
  );
  expect(toProblem(failed, told).detail).toBe("n2 did not take over; nobody leads yet.");
});
