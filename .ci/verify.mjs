// Runs everything that must hold, stage by stage, names what failed, and ends with one line "N passed, N failed", counted from
// the real reports.
// `node .ci/verify.mjs [STAGE...]` runs only those; without a name, all of them. Reads only: nothing here mends anything.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  playwrightFailures,
  playwrightSecondAttempts,
  tellFailures,
  tellSecondAttempts,
  vitestFailures,
  vitestSecondAttempts,
} from "./failures.mjs";

const reports = mkdtempSync(join(tmpdir(), "rollcall-verify-"));
const vitestReport = join(reports, "vitest.json");
const playwrightReport = join(reports, "playwright.json");

// Thousands of tests run here, hundreds of them on real processes that share two cores with others: each has a second attempt, and one
// that needs it is named at the end. A single run (`npx vitest`, `npx playwright test`) has none.
/** Each stage: what to run, how to count what it reported, and what failed. A stage without a report of its own counts as one check. */
const stages = [
  { name: "lint", command: ["npx", "biome", "check", "."] },
  { name: "typecheck", command: ["npm", "run", "--silent", "typecheck"] },
  {
    name: "unit",
    command: [
      "npx",
      "vitest",
      "run",
      "--retry=1",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${vitestReport}`,
    ],
    count: () => {
      const report = JSON.parse(readFileSync(vitestReport, "utf8"));
      return {
        passed: report.numPassedTests,
        failed: report.numFailedTests,
        skipped: report.numPendingTests,
      };
    },
    failures: () => vitestFailures(vitestReport),
    secondAttempts: () => vitestSecondAttempts(vitestReport),
  },
  { name: "conformance", command: ["npm", "run", "--silent", "conformance"], count: countLine },
  {
    name: "simulation",
    command: ["npm", "run", "--silent", "simulate", "--", "--seeds", "300", "--events", "5000"],
    count: countLine,
  },
  { name: "build", command: ["npm", "run", "--silent", "build"] },
  {
    name: "e2e",
    command: ["npx", "playwright", "test", "--retries=1", "--reporter=list,json"],
    env: { PLAYWRIGHT_JSON_OUTPUT_NAME: playwrightReport },
    count: () => {
      const { stats } = JSON.parse(readFileSync(playwrightReport, "utf8"));
      return { passed: stats.expected + stats.flaky, failed: stats.unexpected, skipped: stats.skipped };
    },
    failures: () => playwrightFailures(playwrightReport),
    secondAttempts: () => playwrightSecondAttempts(playwrightReport),
  },
];

/** The last "N passed, N failed" of an output. */
function countLine(output) {
  const match = [...output.matchAll(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm)].at(-1);
  if (match === undefined) return { passed: 0, failed: 0, skipped: 1 };
  return { passed: Number(match[1]), failed: Number(match[2]), skipped: Number(match[3] ?? 0) };
}

function run(stage) {
  return new Promise((resolve) => {
    const [file, ...args] = stage.command;
    const child = spawn(file, args, {
      // A terminal keeps its progress bars; elsewhere what goes to standard error may be the only word on a failure.
      stdio: ["ignore", "pipe", process.stderr.isTTY ? "inherit" : "pipe"],
      env: { ...process.env, ...stage.env, NEXT_TELEMETRY_DISABLED: "1" },
    });
    let tail = "";
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ]) {
      from?.on("data", (bytes) => {
        to.write(bytes);
        tail = (tail + bytes).slice(-64 * 1024);
      });
    }
    child.on("error", (error) => resolve({ code: error.message, output: tail }));
    child.on("close", (code, signal) => resolve({ code: signal ?? code, output: tail }));
  });
}

/** What a stage reported. One that ended badly counts at least one failure, whatever its report says. */
function counted(stage, { code, output }) {
  const bad = code !== 0;
  if (stage.count === undefined) return { passed: bad ? 0 : 1, failed: bad ? 1 : 0, skipped: 0 };
  try {
    const counts = stage.count(output);
    return { ...counts, failed: bad ? Math.max(1, counts.failed) : counts.failed };
  } catch (error) {
    console.error(`${stage.name}: no report (${error.message})`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !stages.some((stage) => stage.name === name));
if (unknown.length > 0) {
  console.error(
    `There is no stage ${unknown.join(", ")}. Stages: ${stages.map((stage) => stage.name).join(", ")}.`,
  );
  process.exit(2);
}

const total = { passed: 0, failed: 0, skipped: 0 };
const rows = [];
const failed = [];
const ran = [];
for (const stage of stages.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  console.log(`\n== ${stage.name}`);
  const began = performance.now();
  const ended = await run(stage);
  const counts = counted(stage, ended);
  for (const key of Object.keys(total)) total[key] += counts[key];
  rows.push({
    stage: stage.name,
    ...counts,
    seconds: Number(((performance.now() - began) / 1000).toFixed(1)),
    exit: ended.code,
  });
  ran.push(stage);
  if (counts.failed > 0) failed.push({ stage, output: ended.output });
}
console.log("");
console.table(rows);
for (const { name, secondAttempts } of ran) tellSecondAttempts(name, secondAttempts);
for (const { stage, output } of failed) tellFailures(stage.name, stage.failures, output);
rmSync(reports, { recursive: true, force: true });
console.log(
  `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`,
);
process.exitCode = total.failed > 0 ? 1 : 0;
