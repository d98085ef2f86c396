import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeFacts, describeState } from "../../protocol/state";
import type { ClusterStatus } from "../../protocol/status";
import type { Cluster } from "../clusters/cluster";
import type { Settings } from "../config/settings";
import { attachClusters } from "./attach_clusters";

/** How long (ms) a cluster gets to answer. */
const CONNECT_MS_MAX = 10_000;
/** A first answer does not name everybody yet: so long (ms) it is waited for more. */
const SETTLE_MS = 2000;

/** What came of asking one cluster who it is. */
export interface Contact {
  readonly cluster: string;
  /** It answered, and let us in. */
  readonly ok: boolean;
  readonly sentence: string;
}

/** Asks every cluster who it is, all at once, and lets go of them again. Nothing is changed and nothing kept. */
export async function tryClusters({ clusters }: Settings): Promise<readonly Contact[]> {
  const directory = mkdtempSync(join(tmpdir(), "rollcall-connect-"));
  const attached = attachClusters(clusters, directory, () => {});
  try {
    return await Promise.all(attached.clusters.map(contact));
  } finally {
    await attached.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function contact(cluster: Cluster): Promise<Contact> {
  const watch = cluster.watchStatus();
  const answered = (status: ClusterStatus) => status.factAgeMs !== null;
  const whole = (status: ClusterStatus) =>
    answered(status) && status.leadership.id !== null && status.configuration.incoming.length > 0;
  await until(watch, answered, CONNECT_MS_MAX);
  await until(watch, whole, SETTLE_MS);
  const status = watch.borrow();
  watch.close();
  return toContact(cluster.name, status);
}

function toContact(cluster: string, status: ClusterStatus): Contact {
  const notices = status.notices.filter(({ tone }) => tone !== "info").map(({ text }) => text);
  if (status.factAgeMs === null) {
    const faults = status.members.flatMap(({ facts }) => facts.map(({ value }) => value));
    const why = [...notices, ...faults].join(" ");
    return {
      cluster,
      ok: false,
      sentence: `No endpoint answered within ${CONNECT_MS_MAX / 1000} s. ${why}`.trim(),
    };
  }
  const description = describeState(status, { dataAgeMs: status.factAgeMs, live: true });
  const { leader } = describeFacts(status, description);
  return { cluster, ok: true, sentence: [description.sentence, `${leader}.`, ...notices].join(" ") };
}

/** Waits until a watch holds what is wanted, or the time is over. */
async function until(
  watch: ReturnType<Cluster["watchStatus"]>,
  holds: (status: ClusterStatus) => boolean,
  ms: number,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<"over">((resolve) => {
    timer = setTimeout(() => resolve("over"), ms);
  });
  try {
    while (!holds(watch.borrowAndUpdate())) {
      if ((await Promise.race([watch.changed(), over])) !== "changed") return;
    }
  } finally {
    clearTimeout(timer);
  }
}
