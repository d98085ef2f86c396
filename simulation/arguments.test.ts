import { describe, expect, it } from "vitest";
import { readArguments } from "./arguments";

describe("the simulator's options", () => {
  it("are 10,000 seeds unless told otherwise, and one where only its number is told", () => {
    expect(readArguments([])).toMatchObject({ seed: 1, seeds: 10_000, nodes: undefined, events: 5000 });
    expect(readArguments(["--seed", "77"])).toMatchObject({ seed: 77, seeds: 1 });
    expect(readArguments(["--seeds", "3", "--seed", "77", "--nodes", "5"])).toMatchObject({
      seed: 77,
      seeds: 3,
      nodes: 5,
    });
  });

  it("take what a shrunk run prints", () => {
    const given = readArguments([
      "--seed",
      "7",
      "--events",
      "90",
      "--faults",
      "crash,drop",
      "--keep",
      "3,17",
    ]);
    expect(given).toMatchObject({ seed: 7, events: 90, faults: ["drop", "crash"], keep: new Set([3, 17]) });
    expect(readArguments(["--keep="])).toMatchObject({ keep: new Set() });
  });

  it.each([
    [["--seeds", "0"], "--seeds"],
    [["--seeds", "many"], "--seeds"],
    [["--nodes", "9"], "--nodes"],
    [["--faults", "crash,flood"], 'no fault "flood"'],
    [["--keep", "3,x"], "--keep"],
    [["--wibble"], "--wibble"],
    [["stray"], "stray"],
  ])("that make no sense are told by name: %j", (argv, name) => {
    const given = readArguments(argv);
    expect(given).toMatchObject({ fault: expect.stringContaining(name) });
  });
});
