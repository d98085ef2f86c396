// Development: the backend from its sources (tsx) and the page by `next dev`, which proxies /api and /ws to the backend.
// Flags go to `rollcall up`. ROLLCALL_BACKEND names a backend that runs already, and then none is started here.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "./sources.mjs";

const flags = process.argv.slice(2);
const portAt = flags.findIndex((flag) => flag === "--port" || flag.startsWith("--port="));
const portFlag = flags[portAt]?.includes("=") ? flags[portAt].split("=")[1] : flags[portAt + 1];
const port = portAt === -1 ? "7400" : portFlag;
const pagePort = process.env.ROLLCALL_DEV_PORT ?? "3000";
const running = process.env.ROLLCALL_BACKEND;

/** @type {Map<string, import("node:child_process").ChildProcess>} */
const children = new Map();

if (running === undefined) {
  run("backend", ["--import", "tsx", join(root, "server", "cli", "main.ts"), "up", ...flags], {
    ROLLCALL_TRUSTED_ORIGINS: `http://127.0.0.1:${pagePort},http://localhost:${pagePort}`,
  });
}
run("page", [join(root, "node_modules", "next", "dist", "bin", "next"), "dev", "--port", pagePort], {
  NEXT_TELEMETRY_DISABLED: "1",
  ROLLCALL_BACKEND: running ?? `http://127.0.0.1:${port}`,
});

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    for (const child of children.values()) child.kill(signal);
  });
}

/**
 * @param {string} name
 * @param {string[]} words
 * @param {Record<string, string>} environment
 */
function run(name, words, environment) {
  // A group of its own: Ctrl-C reaches this process, which passes it on once.
  const child = spawn(process.execPath, words, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...environment },
    detached: true,
  });
  children.set(name, child);
  child.once("exit", (code, signal) => {
    children.delete(name);
    if (code !== 0 && signal === null) process.exitCode = code ?? 1;
    for (const other of children.values()) other.kill("SIGTERM");
  });
}
