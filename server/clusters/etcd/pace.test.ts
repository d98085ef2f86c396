import { describe, expect, it } from "vitest";
import { ManualTimers } from "../testing/manual_timers";
import { defaultPollPace } from "./options";
import { Pace } from "./pace";

describe("the pace of polls", () => {
  function pace() {
    const timers = new ManualTimers();
    const hurried: number[] = [];
    const made = new Pace(
      defaultPollPace,
      () => timers.now(),
      () => hurried.push(timers.now()),
    );
    return { timers, hurried, pace: made };
  }

  it("is fast at first, and slow once nothing has changed for a while", () => {
    const { timers, pace: one } = pace();
    expect(one.interval()).toBe(250);
    timers.advance(9999);
    expect(one.interval()).toBe(250);
    timers.advance(1);
    expect(one.interval()).toBe(2000);
  });

  it("rises at once when something changes, and says so only then", () => {
    const { timers, hurried, pace: one } = pace();
    timers.advance(20_000);
    one.moved();
    one.moved();
    expect(hurried).toEqual([20_000]);
    expect(one.interval()).toBe(250);
    timers.advance(9000);
    one.moved();
    timers.advance(9000);
    expect(one.isFast).toBe(true);
    timers.advance(1000);
    expect(one.isFast).toBe(false);
  });

  it("stays fast while a change is held, and a while after; a release counts once", () => {
    const { timers, pace: one } = pace();
    timers.advance(20_000);
    const first = one.hold();
    const second = one.hold();
    timers.advance(60_000);
    first();
    first();
    timers.advance(60_000);
    expect(one.isFast).toBe(true);
    second();
    timers.advance(9999);
    expect(one.isFast).toBe(true);
    timers.advance(1);
    expect(one.isFast).toBe(false);
  });
});
