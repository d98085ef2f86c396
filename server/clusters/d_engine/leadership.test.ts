import { describe, expect, it } from "vitest";
import { agreementOf, toLeadership, withKnownTerm } from "./leadership";

const words = (...leaders: (number | undefined)[]) =>
  leaders.map((leader, at) => ({ voter: at + 1, leader }));

describe("who leads a d-engine cluster", () => {
  it("is the node that says so, and how many voters agree", () => {
    expect(agreementOf(words(3, 3, 3), [{ leader: 3, term: 4 }])).toEqual({
      leader: 3,
      term: 4,
      answering: 3,
      agree: 3,
    });
  });

  it("is the one of the highest term where a deposed leader goes on claiming", () => {
    const claims = [
      { leader: 1, term: 4 },
      { leader: 2, term: 6 },
    ];
    expect(agreementOf(words(1, 2, 2), claims)).toEqual({ leader: 2, term: 6, answering: 3, agree: 2 });
  });

  it("is whom most voters name where nobody claims it", () => {
    expect(agreementOf(words(2, 3, 3, undefined), [])).toEqual({
      leader: 3,
      term: 0,
      answering: 4,
      agree: 2,
    });
  });

  it("is nobody where none is named", () => {
    const nobody = agreementOf(words(undefined, undefined), []);
    expect(toLeadership(nobody, 1500)).toEqual({
      id: null,
      term: 0,
      answering: 2,
      agree: 0,
      noneForMs: 1500,
    });
  });

  it("keeps its term while it does not answer, and none for another", () => {
    const before = { leader: 3, term: 4, answering: 3, agree: 3 };
    const silent = { leader: 3, term: 0, answering: 2, agree: 2 };
    expect(withKnownTerm(silent, before).term).toBe(4);
    expect(withKnownTerm({ ...silent, leader: 2 }, before).term).toBe(0);
    expect(withKnownTerm({ ...silent, leader: undefined }, before).term).toBe(4);
    expect(withKnownTerm({ ...silent, term: 5 }, before).term).toBe(5);
  });
});
