import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A real etcd to test with. */
export interface EtcdBinary {
  readonly label: string;
  /** Undefined: it is not here. */
  readonly path: string | undefined;
  readonly version: string;
  /** Why it is not here, and how to get it. */
  readonly missing: string;
}

/** Where `node e2e/servers/build_etcd.mjs` puts the current one. */
const BUILT = fileURLToPath(new URL("../../../../.cache/servers/etcd-3.6.14/etcd", import.meta.url));

function versionOf(path: string): string | undefined {
  const ran = spawnSync(path, ["--version"], { encoding: "utf8", timeout: 10_000 });
  return /etcd Version: (\S+)/.exec(ran.stdout ?? "")?.[1];
}

function find(label: string, line: string, path: string, how: string): EtcdBinary {
  const version = path.includes("/") && !existsSync(path) ? undefined : versionOf(path);
  const found = version?.startsWith(line) === true;
  const instead = version === undefined ? "there is none" : `there is ${version}`;
  return {
    label,
    path: found ? path : undefined,
    version: found ? version : "",
    missing: `${instead} at ${path}; ${how}`,
  };
}

/** Both versions the console is tested on: Debian's on PATH, and a current one that was built. */
export const etcdBinaries: readonly EtcdBinary[] = [
  find("etcd 3.4", "3.4.", "etcd", "apt-get install etcd-server"),
  find("etcd 3.6", "3.6.", BUILT, "node e2e/servers/build_etcd.mjs, where Go is present"),
];
