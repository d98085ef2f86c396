import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseCommandLine, parseScenario } from "./datadriven";
import { diffLines } from "./diff";
import { type Replay, replayScenario } from "./replay";
import { findScenarios } from "./scenario_files";

function replay(text: string): Replay {
  const outcome = replayScenario("file.txt", text);
  if (outcome.kind === "format-error") throw new Error(outcome.detail);
  return outcome;
}

function actualOf(text: string): readonly string[] {
  return replay(text).results.map((result) => result.actual);
}

describe("the format", () => {
  test("a command has arguments, input and expected output, and knows its line", () => {
    const parsed = parseScenario(
      "a.txt",
      "# why\n\ndo 1 key=val list=(a, b)\nfirst\nsecond\n----\nout\nmore\n\n# end\n",
    );
    expect(parsed).toEqual([
      expect.objectContaining({
        line: 3,
        command: "do",
        args: [
          { key: "1", values: [], assigned: false },
          { key: "key", values: ["val"], assigned: true },
          { key: "list", values: ["a", "b"], assigned: true },
        ],
        input: "first\nsecond",
        expected: "out\nmore",
      }),
    ]);
  });

  test("output between double separators may have blank lines", () => {
    const parsed = parseScenario("a.txt", "do\n----\n----\nout\n\nmore\n----\n----\n\nnext\n----\n");
    expect(parsed).toEqual([
      expect.objectContaining({ command: "do", expected: "out\n\nmore" }),
      expect.objectContaining({ command: "next", expected: "", line: 10 }),
    ]);
  });

  test("a backslash continues a command line; Windows line ends do not matter", () => {
    expect(parseScenario("a.txt", "do 1 \\\r\n  2\r\n----\r\nok\r\n")).toEqual([
      expect.objectContaining({
        args: [expect.anything(), expect.objectContaining({ key: "2" })],
        expected: "ok",
      }),
    ]);
  });

  test("a command without a separator, an open parenthesis, and an output without an end are faults of their line", () => {
    expect(parseScenario("a.txt", "\ndo\n")).toMatchObject({ kind: "format-error", line: 2 });
    expect(parseScenario("a.txt", "do x=(1\n----\n")).toMatchObject({ kind: "format-error", line: 1 });
    expect(parseScenario("a.txt", "do\n----\n----\nout\n")).toMatchObject({ kind: "format-error", line: 1 });
    expect(parseCommandLine("do x)")).toBe('a ")" without a "("');
  });
});

describe("replaying", () => {
  test("the kind of a file follows from its commands", () => {
    expect(replay("vote\n----\nVoteWon\n").kind).toBe("quorum");
    expect(replay("leave-joint\n----\n").kind).toBe("confchange");
    expect(replay("add-nodes 1\n----\nok\n").kind).toBe("interaction");
    expect(replay("fly\n----\nok\n")).toMatchObject({ kind: undefined, results: [{ passed: false }] });
  });

  test("an unknown command, argument, node or value is an error with file and line", () => {
    const text = [
      "add-nodes 1 voters=(1) index=2 colour=red",
      "add-nodes 1 voters=(1) index=2",
      "campaign 7",
      "fly 1",
      "campaign one",
      "stabilize 1 level=none",
      "raft-state 1",
      "tick-heartbeat",
      "log-level loud",
      "deliver-msgs 1 type=MsgNothing",
      "deliver-msgs 1 drop=1",
    ];
    expect(actualOf(text.map((command) => `${command}\n----\nok\n\n`).join(""))).toEqual([
      "file.txt:1: unknown argument: colour",
      "ok",
      "file.txt:9: there is no node 7",
      "file.txt:13: unknown command: fly",
      "file.txt:17: a node id must be a number, not one",
      "file.txt:21: unknown argument: level",
      "file.txt:25: unknown argument: 1",
      "file.txt:29: missing argument: a node id",
      "file.txt:33: unknown log level: loud",
      "file.txt:37: unknown message type MsgNothing",
      "file.txt:41: can't both deliver and drop messages to 1",
    ]);
  });

  test("a command of another kind is unknown in a file", () => {
    expect(actualOf("vote\n----\nVoteWon\n\nadd-nodes 1\n----\nok\n")).toEqual([
      "VoteWon",
      "file.txt:5: unknown command: add-nodes",
    ]);
  });

  test("narrative does not count in interactions, but counts byte by byte elsewhere", () => {
    const interaction = replay("add-nodes 1\n----\nINFO whatever the core says\n  DEBUG indented, too\n");
    expect(interaction.results).toMatchObject([{ passed: true, expected: "ok", actual: "ok" }]);
    expect(replay("vote\n----\nINFO x\nVoteWon\n").results).toMatchObject([{ passed: false }]);
  });

  test("a wrong expectation fails", () => {
    const results = replay(
      "add-nodes 1 voters=(1) index=2\n----\nok\n\nraft-state\n----\n1: StateLeader\n",
    ).results;
    expect(results.map((result) => result.passed)).toEqual([true, false]);
    expect(results[1]?.actual).toBe("1: StateFollower (Voter) Term:0 Lead:0");
  });

  test("log-level none silences everything but errors", () => {
    const setup = "add-nodes 1 voters=(1) index=2\n----\nok\n\nlog-level none\n----\nok\n\n";
    expect(
      actualOf(`${setup}raft-state\n----\nok\n\npropose 1 x\n----\nraft proposal dropped\n`).slice(2),
    ).toEqual(["ok", "raft proposal dropped"]);
  });

  test("input lines of a command are further commands, except those of propose-conf-change", () => {
    const setup = "add-nodes 1 voters=(1) index=2\ncampaign 1\nstabilize log-level=none\nraft-state\n----\n";
    expect(actualOf(`${setup}1: StateLeader (Voter) Term:1 Lead:1\n`)).toEqual([
      expect.stringMatching(/^1: StateLeader \(Voter\) Term:1 Lead:1$/),
    ]);
  });

  test("a broken invariant fails its command and names the place", () => {
    const [, , broken] = actualOf(
      "add-nodes 1 voters=(1) index=9\n----\nok\n\ncompact 1 9\n----\nok\n\ncompact 1 20\n----\nok\n",
    );
    expect(broken).toMatch(/^file.txt:9: InvariantError: /);
  });
});

describe("finding files", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "conformance-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("a folder yields the files that hold commands, in order; a missing or an empty one is an error", () => {
    writeFileSync(join(folder, "b.txt"), "vote\n----\nVoteWon\n");
    writeFileSync(join(folder, "a"), "vote\n----\nVoteWon\n");
    writeFileSync(join(folder, "README.md"), "no commands\n");
    expect(findScenarios([folder])).toEqual({ files: [join(folder, "a"), join(folder, "b.txt")] });
    expect(findScenarios([join(folder, "c.txt")])).toEqual({
      error: `no such file or folder: ${join(folder, "c.txt")}`,
    });
    rmSync(join(folder, "a"));
    rmSync(join(folder, "b.txt"));
    expect(findScenarios([folder])).toEqual({ error: `no scenario files in ${folder}` });
  });
});

test("a diff marks what was expected only and what came only", () => {
  expect(diffLines("a\nb\nc", "a\nx\nc\nd")).toEqual([" a", "-b", "+x", " c", "+d"]);
});
