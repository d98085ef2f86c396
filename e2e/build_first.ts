import { execFileSync } from "node:child_process";
import { resolve } from "node:path";

/** Builds what is missing or older than its sources, once, before any test starts a process. */
export default function buildFirst(): void {
  const build = resolve(import.meta.dirname, "../server/cli/build.mjs");
  execFileSync(process.execPath, [build], { stdio: "inherit" });
}
