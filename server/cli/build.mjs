import { spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { enginePath, makeEngine } from "./build_engine.mjs";
import { root, sourcesHash } from "./sources.mjs";

const dist = join(root, "dist");

/** The command, bundled into one file: it starts in a quarter of the time that a loader needs. */
export const bundlePath = join(dist, "rollcall.mjs");

/** The page, as static files. */
export const pagePath = join(root, "out");

/** A build that failed; `message` is for the reader, with the end of the log and where it is. */
export class BuildError extends Error {}

/** @typedef {{ made: string, log: string, marker: string, make: (log: string) => Promise<void>, announce: (first: boolean) => string | undefined }} Target */

/** @type {Record<"backend" | "engine" | "page", Target>} */
const targets = {
  backend: {
    made: bundlePath,
    log: join(dist, "build-backend.log"),
    marker: join(dist, "backend.sources"),
    make: bundle,
    announce: () => undefined,
  },
  engine: {
    made: enginePath,
    log: join(dist, "build-engine.log"),
    marker: join(dist, "engine.sources"),
    make: library,
    announce: () => undefined,
  },
  page: {
    made: join(pagePath, "index.html"),
    log: join(dist, "build-page.log"),
    marker: join(dist, "page.sources"),
    make: exportPage,
    announce: (first) => `building the page (${first ? "first start only" : "its sources changed"}) ... `,
  },
};

/**
 * Makes an output unless it stands there already, made from exactly the sources of now. A second build of the same
 * checkout waits for the first.
 * @param {"backend" | "engine" | "page"} name
 * @param {{ say?: (text: string) => void, force?: boolean }} [options] `say` gets the progress line, in two pieces
 * @returns {Promise<boolean>} whether it had to be made
 */
export async function ensureBuilt(name, options = {}) {
  const target = targets[name];
  if (!options.force && isCurrent(name)) return false;
  mkdirSync(dist, { recursive: true });
  const release = await takeTurn(join(dist, `build-${name}.lock`));
  try {
    if (!options.force && isCurrent(name)) return false;
    const hash = sourcesHash(name);
    const line = target.announce(!existsSync(target.made) && !existsSync(target.marker));
    const started = performance.now();
    if (line !== undefined) options.say?.(line);
    rmSync(target.marker, { force: true });
    try {
      await target.make(target.log);
    } catch (error) {
      if (line !== undefined) options.say?.("failed\n");
      throw error;
    }
    writeFileSync(target.marker, `${hash}\n`);
    if (line !== undefined) options.say?.(`${Math.round((performance.now() - started) / 1000)} s\n`);
    return true;
  } finally {
    release();
  }
}

/** @param {"backend" | "engine" | "page"} name */
function isCurrent(name) {
  const target = targets[name];
  if (!existsSync(target.made) || !existsSync(target.marker)) return false;
  return readFileSync(target.marker, "utf8").trim() === sourcesHash(name);
}

/** @param {string} log */
async function bundle(log) {
  const temporary = join(dist, `rollcall-${process.pid}.mjs`);
  let esbuild;
  try {
    esbuild = await import("esbuild");
  } catch {
    throw new BuildError("esbuild is not installed here: run `npm ci` in the checkout first.");
  }
  try {
    await esbuild.build({
      absWorkingDir: root,
      entryPoints: ["server/cli/main.ts"],
      outfile: temporary,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20.19",
      sourcemap: "inline",
      sourcesContent: false,
      legalComments: "none",
      logLevel: "silent",
      external: ["bufferutil", "utf-8-validate"],
      // Packages in CommonJS ask for Node's own modules with require().
      banner: {
        js: 'import { createRequire as rollcallRequire } from "node:module";\nconst require = rollcallRequire(import.meta.url);',
      },
    });
    renameSync(temporary, bundlePath);
  } catch (error) {
    rmSync(temporary, { force: true });
    writeFileSync(log, `${error.message}\n`);
    throw failure("The command could not be bundled", log);
  }
}

/** @param {string} log */
async function library(log) {
  try {
    await makeEngine();
  } catch (error) {
    writeFileSync(log, `${error.message}\n`);
    throw failure("The engine could not be built as a library", log);
  }
}

/** @param {string} log */
async function exportPage(log) {
  const next = join(root, "node_modules", "next", "dist", "bin", "next");
  if (!existsSync(next)) {
    throw new BuildError("next is not installed here: run `npm ci` in the checkout first.");
  }
  const output = openSync(log, "w");
  const child = spawn(process.execPath, [next, "build"], {
    cwd: root,
    stdio: ["ignore", output, output],
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" },
  });
  const stop = () => {
    child.kill("SIGTERM");
    process.exit(130);
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  try {
    const code = await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (exitCode, signal) => resolve(exitCode ?? signal));
    });
    if (code !== 0) throw failure(`The page could not be built (next build ended with ${code})`, log);
    if (!existsSync(targets.page.made)) throw failure("The page could not be built: out/ is missing", log);
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
    closeSync(output);
  }
}

/**
 * @param {string} what
 * @param {string} log
 */
function failure(what, log) {
  const tail = readFileSync(log, "utf8").trimEnd().split("\n").slice(-25).join("\n");
  return new BuildError(`${tail}\n\n${what}; the whole output is in ${log}.`);
}

/**
 * Waits until no other process builds this output, then keeps others out until released. A holder that died is
 * recognised by its pid.
 * @param {string} path
 * @returns {Promise<() => void>}
 */
async function takeTurn(path) {
  for (;;) {
    try {
      const file = openSync(path, "wx");
      writeSync(file, String(process.pid));
      closeSync(file);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (isAbandoned(path)) takeAway(path);
    else await delay(100);
  }
}

/** @param {string} path */
function isAbandoned(path) {
  const pid = holderOf(path);
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH";
  }
}

/**
 * Two that wait may find the same dead holder. Only a lock that still names it goes: a rename decides who looks.
 * @param {string} path
 */
function takeAway(path) {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (error.code === "ENOENT") return;
    throw error;
  }
  if (!isAbandoned(aside) && !existsSync(path)) renameSync(aside, path);
  else rmSync(aside, { force: true });
}

/**
 * @param {string} path
 * @returns {number | undefined} undefined while the holder has not written it yet, or is gone
 */
function holderOf(path) {
  try {
    const pid = Number(readFileSync(path, "utf8"));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const say = (text) => process.stderr.write(text);
    const started = performance.now();
    await ensureBuilt("backend", { force: true });
    say(`bundled the command ... ${Math.round(performance.now() - started)} ms\n`);
    const engineStarted = performance.now();
    await ensureBuilt("engine", { force: true });
    say(`built the engine as a library ... ${Math.round(performance.now() - engineStarted)} ms\n`);
    await ensureBuilt("page", { say, force: true });
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
