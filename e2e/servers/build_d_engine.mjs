// Builds the d-engine node that the tests run, once: `node e2e/servers/build_d_engine.mjs`. Needs cargo (1.89 or later) and protoc.
// Prints one line: where it is, or why there is none. Exit code 1 where there is none; the tests that need it then skip, and say so.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const target = join(root, ".cache/servers/d_engine_node");
const binary = join(target, "debug/d_engine_node");
const log = join(target, "build.log");

const missing = ["cargo", "protoc"].find((tool) => spawnSync(tool, ["--version"]).status !== 0);
if (missing !== undefined) {
  console.log(`d-engine: not built, ${missing} is not on the PATH; its tests will be skipped.`);
  process.exit(1);
}
mkdirSync(target, { recursive: true });
const manifest = join(root, "e2e/servers/d_engine_node/Cargo.toml");
const build = spawnSync("nice", ["cargo", "build", "--locked", "--manifest-path", manifest], {
  env: { ...process.env, CARGO_TARGET_DIR: target },
  encoding: "utf8",
  maxBuffer: 64 * 1024 * 1024,
});
writeFileSync(log, `${build.stdout}${build.stderr}`);
if (build.status !== 0) {
  console.log(`d-engine: not built, cargo failed (see ${log}); its tests will be skipped.`);
  process.exit(1);
}
console.log(`d-engine: ${binary}`);
