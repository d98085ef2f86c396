// What failed, or did so at its first attempt, and how it began to: read from the runners' own reports, so that the end of a cut log still tells.
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";

/** Failures told of one stage, lines of each, and characters of a line: a broken build fails everywhere, and says so once. */
const FAILURES_MAX = 40;
const LINES_MAX = 8;
const LINE_CHARACTERS_MAX = 240;
/** Lines of an output that no report explains. */
const TAIL_LINES_MAX = 25;

const root = process.cwd();

function plainLines(text) {
  return stripVTControlCharacters(text)
    .split("\n")
    .map((line) => line.trimEnd().slice(0, LINE_CHARACTERS_MAX))
    .filter((line) => line.trim() !== "");
}

/** The beginning of an error: what it says, and where it was thrown in this project. */
function firstLines(text) {
  const lines = plainLines(text);
  const isFrame = (line) => /^\s+at /.test(line);
  const said = lines.filter((line) => !isFrame(line)).slice(0, LINES_MAX);
  const frame = lines.find((line) => isFrame(line) && line.includes(root) && !line.includes("node_modules"));
  return frame === undefined ? said : [...said, frame.replaceAll(root, ".")];
}

/** Failed tests of a vitest JSON report, and files that could not even be loaded. */
export function vitestFailures(path) {
  const { testResults } = JSON.parse(readFileSync(path, "utf8"));
  return testResults.flatMap((file) => {
    const failed = file.assertionResults.filter(({ status }) => status === "failed");
    if (failed.length === 0 && file.status === "failed")
      return [{ name: relative(root, file.name), lines: firstLines(file.message ?? "") }];
    return failed.map((test) => vitestTest(file, test));
  });
}

/** Tests that passed at their second attempt only. */
export function vitestSecondAttempts(path) {
  const { testResults } = JSON.parse(readFileSync(path, "utf8"));
  return testResults.flatMap((file) =>
    file.assertionResults
      .filter(({ status, failureMessages }) => status === "passed" && failureMessages.length > 0)
      .map((test) => vitestTest(file, test)),
  );
}

function vitestTest(file, test) {
  const titles = [...test.ancestorTitles, test.title].filter((part) => part !== "");
  return {
    name: `${relative(root, file.name)} > ${titles.join(" > ")}`,
    lines: firstLines(test.failureMessages.join("\n")),
  };
}

/** Failed tests of a Playwright JSON report, and errors outside any test. */
export function playwrightFailures(path) {
  const { suites, errors } = JSON.parse(readFileSync(path, "utf8"));
  const outside = errors.map(({ message }) => ({
    name: "outside any test",
    lines: firstLines(message ?? ""),
  }));
  return [...outside, ...suites.flatMap((suite) => specsThat(suite, "unexpected", []))];
}

/** Tests that passed at their second attempt only. */
export function playwrightSecondAttempts(path) {
  const { suites } = JSON.parse(readFileSync(path, "utf8"));
  return suites.flatMap((suite) => specsThat(suite, "flaky", []));
}

function specsThat(suite, wanted, above) {
  const titles = suite.title === suite.file ? above : [...above, suite.title];
  const here = suite.specs
    .filter(({ tests }) => tests.some(({ status }) => status === wanted))
    .map((spec) => ({
      name: `${spec.file}:${spec.line} > ${[...titles, spec.title].join(" > ")}`,
      lines: firstLines(
        spec.tests
          .flatMap(({ results }) => results)
          .flatMap((result) => result.errors)
          .map(({ message, location }) =>
            location === undefined ? message : `${message}\n    at ${location.file}:${location.line}`,
          )
          .join("\n"),
      ),
    }));
  return [...here, ...(suite.suites ?? []).flatMap((inner) => specsThat(inner, wanted, titles))];
}

/** How vitest heads its list of errors outside any test; its report leaves them out. */
const OUTSIDE = /Unhandled Errors/;

/** The end of an output, or what it says of errors outside any test. */
function endOf(output) {
  const lines = plainLines(output);
  const outside = lines.findIndex((line) => OUTSIDE.test(line));
  return outside === -1 ? lines.slice(-TAIL_LINES_MAX) : lines.slice(outside, outside + TAIL_LINES_MAX);
}

/** Tells what failed in a stage. `read` gives the failures of its report; without any, the end of the output must do. */
export function tellFailures(stage, read, output) {
  let failures = [];
  try {
    failures = read?.() ?? [];
  } catch {
    // No report, or half of one: the output is all there is.
  }
  if (failures.length === 0 || OUTSIDE.test(output))
    failures = [...failures, { name: "ended with an error; its last words:", lines: endOf(output) }];
  tell(`FAILED ${stage}`, failures);
}

/** Tells which tests of a stage needed their second attempt: they passed, and are to be looked at. */
export function tellSecondAttempts(stage, read) {
  let attempts = [];
  try {
    attempts = read?.() ?? [];
  } catch {
    // Without a report there is a failure to tell of, and nothing else.
  }
  tell(`PASSED AT THE SECOND ATTEMPT ${stage}`, attempts);
}

function tell(what, tests) {
  for (const { name, lines } of tests.slice(0, FAILURES_MAX)) {
    console.log(`\n${what}: ${name}`);
    for (const line of lines) console.log(`  ${line}`);
  }
  const more = tests.length - FAILURES_MAX;
  if (more > 0) console.log(`\n${what}: ${more} more`);
}
