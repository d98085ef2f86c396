import { existsSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { diffLines } from "./diff";
import { type CommandResult, replayScenario } from "./replay";
import { findScenarios, readScenario, rewriteScenario } from "./scenario_files";

const PROJECT = fileURLToPath(new URL("../../../", import.meta.url));
const SUITE = fileURLToPath(new URL("../../../../shared/raft-testdata", import.meta.url));

const HELP = `Replays data-driven Raft scenarios against this project's core and compares what they print.

usage: npm run conformance -- [--verbose] [--rewrite] [PATH...]

PATH       a scenario file, or a folder that is searched for them (files with a line "----").
           Without one: ../shared/raft-testdata, if it is there.
--verbose  also name every file that passes
--rewrite  replace the expected output of every command that fails by what it printed; only with a PATH
--help     this text

Quorum and configuration-change files are compared byte by byte. Interaction files are compared at message level:
lines of narrative (DEBUG, INFO, WARN, ERROR) do not count, and an output without any other line equals "ok".

Exit status: 0 all passed, 1 a command failed, 2 nothing could be replayed.
`;

interface Totals {
  passed: number;
  failed: number;
  files: number;
  readonly kinds: Map<string, number>;
}

function main(args: readonly string[]): number {
  const flags = args.filter((arg) => arg.startsWith("-"));
  const paths = args.filter((arg) => !arg.startsWith("-"));
  if (flags.includes("--help") || flags.includes("-h")) {
    process.stdout.write(HELP);
    return 0;
  }
  const unknown = flags.find((flag) => flag !== "--verbose" && flag !== "--rewrite");
  if (unknown !== undefined) return fail(`unknown option ${unknown}; --help lists them`);
  const rewrite = flags.includes("--rewrite");
  if (rewrite && paths.length === 0) return fail("--rewrite needs a PATH");
  if (paths.length === 0 && !existsSync(SUITE)) {
    process.stdout.write(
      `SKIPPED: the conformance suite is not at ${SUITE}; name a PATH to replay other files\n`,
    );
    return 0;
  }
  const found = findScenarios(paths.length === 0 ? [SUITE] : paths);
  if ("error" in found) return fail(found.error);
  if (paths.length === 0) process.stdout.write(`replaying ${SUITE}\n`);
  const totals: Totals = { passed: 0, failed: 0, files: 0, kinds: new Map() };
  for (const file of found.files) replayFile(file, totals, flags.includes("--verbose"), rewrite);
  const kinds = [...totals.kinds].map(([kind, count]) => `${kind} ${count}`).join(", ");
  process.stdout.write(`${totals.files} files, commands: ${kinds === "" ? "none" : kinds}\n`);
  process.stdout.write(`${totals.passed} passed, ${totals.failed} failed\n`);
  if (totals.passed + totals.failed === 0) return fail("no commands to replay");
  return totals.failed === 0 ? 0 : 1;
}

function replayFile(file: string, totals: Totals, verbose: boolean, rewrite: boolean): void {
  const text = readScenario(file);
  const name = nameOf(file);
  const replay = replayScenario(name, text);
  totals.files++;
  if (replay.kind === "format-error") {
    totals.failed++;
    process.stdout.write(`FAIL ${replay.file}:${replay.line}: ${replay.detail}\n\n`);
    return;
  }
  const failures = replay.results.filter((result) => !result.passed);
  const kind = replay.kind ?? "unknown";
  totals.kinds.set(kind, (totals.kinds.get(kind) ?? 0) + replay.results.length);
  totals.passed += replay.results.length - failures.length;
  totals.failed += failures.length;
  for (const failure of failures) process.stdout.write(describeFailure(failure));
  if (verbose && failures.length === 0) {
    process.stdout.write(`ok   ${name} (${kind}, ${replay.results.length} commands)\n`);
  }
  if (rewrite && failures.length > 0) {
    rewriteScenario(file, text, failures);
    process.stdout.write(`rewrote ${failures.length} outputs in ${name}\n`);
  }
}

function describeFailure({ directive, expected, actual }: CommandResult): string {
  const lines = diffLines(expected, actual).map((line) => `    ${line}\n`);
  const place = `${directive.file}:${directive.line}`;
  return `FAIL ${place}: ${directive.command} (- expected, + actual)\n${lines.join("")}\n`;
}

function nameOf(file: string): string {
  const inside = relative(PROJECT, file);
  return inside.startsWith("../../") ? file : inside;
}

function fail(message: string): number {
  process.stderr.write(`conformance: ${message}\n`);
  return 2;
}

// A reader that has seen enough, such as head, closes the pipe.
process.stdout.on("error", () => process.exit(2));
process.exitCode = main(process.argv.slice(2));
