import { afterEach, describe, onTestFailed } from "vitest";
import { Attached } from "./attached";
import { etcdBinaries } from "./etcd_binaries";
import { RealEtcd, type RealEtcdOptions } from "./real_etcd";

/** What a test on a real etcd is given; everything it makes ends with it. */
export interface EtcdBench {
  readonly version: string;
  readonly isCurrent: boolean;
  /** A running cluster of so many members. */
  readonly cluster: (size: number, more?: Omit<RealEtcdOptions, "path">) => Promise<RealEtcd>;
  readonly attach: (
    endpoints: readonly string[],
    more?: ConstructorParameters<typeof Attached>[1],
    directory?: string,
  ) => Attached;
  readonly ending: (end: () => Promise<void>) => void;
}

/** Runs tests on each version of etcd that is here; where one is missing they skip, and the title says why. */
export function describeEachEtcd(title: string, tests: (bench: EtcdBench) => void): void {
  const ended: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ended.splice(0).reverse()) await end();
  });
  for (const { label, path, version, missing } of etcdBinaries) {
    const why = path === undefined ? ` (skipped: ${missing})` : "";
    describe.skipIf(path === undefined)(`${title}, ${label}${why}`, () => {
      tests({
        version,
        isCurrent: !version.startsWith("3.4."),
        ending: (end) => ended.push(end),
        async cluster(size, more = {}) {
          const etcd = new RealEtcd({ path: path ?? "", ...more });
          ended.push(() => etcd.end());
          // Whoever waits in vain may wait for a member whose process ended by itself.
          onTestFailed(() => console.error(etcd.lastWords));
          await etcd.up(size);
          return etcd;
        },
        attach(endpoints, more, directory) {
          const attached = new Attached(endpoints, more, directory);
          ended.push(() => attached.end());
          return attached;
        },
      });
    });
  }
}
