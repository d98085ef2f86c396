import { describe, expect, it } from "vitest";
import { type FreshnessInput, freshnessOf } from "./freshness";

const calm: FreshnessInput = { socket: "open", frameAgeMs: 0, factAgeMs: 0 };

describe("freshness", () => {
  it("is live only while both hops are", () => {
    expect(freshnessOf(calm)).toEqual({
      browser: "live",
      cluster: "live",
      live: true,
      word: "Live",
      dataAgeMs: 0,
    });
  });

  it.each([
    [4999, "live", "Live"],
    [5000, "stale", "Stale"],
    [9999, "stale", "Stale"],
    [10_000, "disconnected", "Disconnected"],
  ])("judges the browser hop after %i ms without a frame: %s", (frameAgeMs, browser, word) => {
    expect(freshnessOf({ ...calm, frameAgeMs })).toMatchObject({ browser, word, live: browser === "live" });
  });

  it.each([
    [4999, "live", "Live"],
    [5000, "stale", "Stale"],
    [60_000, "stale", "Stale"],
  ])("judges the cluster hop by a fact %i ms old: %s", (factAgeMs, cluster, word) => {
    expect(freshnessOf({ ...calm, factAgeMs })).toMatchObject({
      browser: "live",
      cluster,
      word,
      dataAgeMs: factAgeMs,
    });
  });

  it("calls a closed socket disconnected at once, however young the data", () => {
    expect(freshnessOf({ ...calm, socket: "closed" })).toMatchObject({ word: "Disconnected", live: false });
  });

  it("connects until the first frame and the first fact", () => {
    expect(freshnessOf({ socket: "opening", frameAgeMs: null, factAgeMs: null }).word).toBe("Connecting");
    expect(freshnessOf({ socket: "open", frameAgeMs: null, factAgeMs: null }).word).toBe("Connecting");
    expect(freshnessOf({ socket: "open", frameAgeMs: 10, factAgeMs: null })).toMatchObject({
      word: "Connecting",
      cluster: "unknown",
      live: false,
    });
  });
});
