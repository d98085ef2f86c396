// Development: the backend from its sources (tsx) and the page by `next dev`, which proxies /api and /ws to the backend.
// Flags go to `rollcall up`. ROLLCALL_BACKEND names a backend that runs already, and then none is started here;
// ROLLCALL_DEV_PORT is the page's port (3000).
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "./sources.mjs";

const pagePort = process.env.ROLLCALL_DEV_PORT ?? "3000";
const running = process.env.ROLLCALL_BACKEND;

/** @type {Set<import("node:child_process").ChildProcess>} */
const children = new Set();
let ending = false;

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => end());
}

if (running === undefined) startBackend();
else startPage(running);

function startBackend() {
  const main = join(root, "server", "cli", "main.ts");
  const words = ["--import", "tsx", main, "up", "--json", ...process.argv.slice(2)];
  const child = run(words, "pipe", {
    ROLLCALL_TRUSTED_ORIGINS: `http://127.0.0.1:${pagePort},http://localhost:${pagePort}`,
  });
  let said = "";
  child.stdout?.on("data", (piece) => {
    said += piece;
    const line = /^(\{.*"event":"ready".*\})\n/.exec(said)?.[1];
    if (line === undefined) return;
    said = "";
    const { url } = JSON.parse(line);
    process.stderr.write(`backend: ${url}\n`);
    startPage(url);
  });
}

/** @param {string} backend */
function startPage(backend) {
  const next = join(root, "node_modules", "next", "dist", "bin", "next");
  // On loopback like everything else: it passes on whatever reaches it, and the backend hears everybody there.
  run([next, "dev", "--hostname", "127.0.0.1", "--port", pagePort], "inherit", {
    NEXT_TELEMETRY_DISABLED: "1",
    ROLLCALL_BACKEND: backend,
  });
}

/**
 * Runs a program of the checkout in a group of its own, so that Ctrl-C reaches this process, which passes it on once. When one
 * ends, all do.
 * @param {string[]} words
 * @param {"pipe" | "inherit"} stdout
 * @param {Record<string, string>} environment
 */
function run(words, stdout, environment) {
  const child = spawn(process.execPath, words, {
    cwd: root,
    stdio: ["ignore", stdout, "inherit"],
    env: { ...process.env, ...environment },
    detached: true,
  });
  children.add(child);
  child.once("exit", (code) => {
    children.delete(child);
    if (!ending) process.exitCode = code ?? 1;
    end();
  });
  return child;
}

function end() {
  ending = true;
  for (const child of children) child.kill("SIGTERM");
}
