import { join } from "node:path";
import { RecordBook } from "../clusters/attached/record_book";
import type { Cluster } from "../clusters/cluster";
import { connectDEngine } from "../clusters/d_engine/connect";
import { connectEtcd } from "../clusters/etcd/connect";
import { RelayedCluster } from "../clusters/relayed/relayed_cluster";
import type { ClusterSettings } from "../config/settings";
import type { Logger } from "../gateway/log";

/** Clusters this console is attached to, with its own record of each. */
export interface AttachedClusters {
  readonly clusters: readonly Cluster[];
  /** A second call waits for the first. */
  close(): Promise<void>;
}

/**
 * Attaches to every cluster. Never waits: one that cannot be reached shows as unknown, and keeps no other from being shown. What
 * the console itself knows of a cluster that keeps no history is kept in a folder of its own below `dataDir`.
 */
export function attachClusters(
  settings: readonly ClusterSettings[],
  dataDir: string,
  log: Logger,
): AttachedClusters {
  const books: RecordBook[] = [];
  const clusters = settings.map((one) => {
    const note: Note = (level, text) => log(level, text, { cluster: one.name });
    return attach(one, note, () => {
      const book = RecordBook.open(join(dataDir, one.name), { cluster: one.name, log: note });
      books.push(book);
      return book;
    });
  });
  const end = async () => {
    await Promise.all(clusters.map((cluster) => cluster.close()));
    for (const book of books) book.close();
  };
  let ending: Promise<void> | undefined;
  return {
    clusters,
    close: () => {
      ending ??= end();
      return ending;
    },
  };
}

type Note = (level: "info" | "warn" | "error", text: string) => void;

function attach(
  { name, kind, endpoints, tls, credentials, readOnly }: ClusterSettings,
  log: Note,
  openBook: () => RecordBook,
): Cluster {
  switch (kind) {
    case "etcd":
      return connectEtcd({ name, endpoints, tls, credentials, readOnly, recordBook: openBook(), log });
    case "d-engine":
      return connectDEngine({ name, endpoints, tls, readOnly, recordBook: openBook(), log });
    case "embedded": {
      const token = credentials !== undefined && "token" in credentials ? credentials.token : undefined;
      return new RelayedCluster({ name, endpoints, tls, token, readOnly });
    }
  }
}
