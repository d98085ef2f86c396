// Builds a current etcd from its published modules into .cache/servers, where the tests look for it. Needs Go; does nothing where it
// has been built before. `go install` refuses etcd for its replace directives, so a module of our own asks for it.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const version = "3.6.14";
const target = fileURLToPath(new URL(`../../.cache/servers/etcd-${version}/etcd`, import.meta.url));

function go(directory, ...args) {
  const ran = spawnSync("go", args, { cwd: directory, stdio: ["ignore", "inherit", "inherit"] });
  if (ran.error !== undefined) throw new Error(`Go is not here: ${ran.error.message}`);
  if (ran.status !== 0) throw new Error(`go ${args.join(" ")} ended with ${ran.status ?? ran.signal}`);
}

if (existsSync(target)) {
  console.log(`etcd ${version} is built: ${target}`);
} else {
  const directory = mkdtempSync(join(tmpdir(), "rollcall-build-etcd-"));
  try {
    go(directory, "mod", "init", "rollcall.test/etcd");
    go(directory, "get", `go.etcd.io/etcd/server/v3@v${version}`);
    go(directory, "build", "-o", "etcd", "go.etcd.io/etcd/server/v3");
    mkdirSync(join(target, ".."), { recursive: true });
    const beside = `${target}.new`;
    const copied = spawnSync("cp", [join(directory, "etcd"), beside], { stdio: "inherit" });
    if (copied.status !== 0) throw new Error("the built etcd could not be copied");
    renameSync(beside, target);
    console.log(`etcd ${version} built: ${target}`);
  } catch (error) {
    console.log(`etcd ${version} was not built, tests on it will skip: ${error.message}`);
    process.exitCode = 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
