"use client";

import { useEffect, useRef, useState } from "react";
import { pageActions } from "../../client/actions";
import { readHistory } from "../../client/history_book";
import { clusterStore } from "../../client/store";
import { useCluster } from "../../client/use_store";
import type { HistoryEntry } from "../../protocol/api";

/** Refused attempts move no index, so the end is read again this often (ms). */
const refreshMs = 5000;

/** The cluster's durable history as far as it could be read. */
export interface HistoryBook {
  /** Oldest first; undefined before the first answer. */
  readonly entries: readonly HistoryEntry[] | undefined;
  /** The last attempt got no answer: what is shown may not be the newest. */
  readonly failed: boolean;
}

/** Reads the whole history, then its end with every membership change and every 5 s. */
export function useHistory(cluster: string): HistoryBook {
  const index = useCluster(cluster, (session) => session.view?.snapshot.committedIndex);
  const [book, setBook] = useState<HistoryBook>({ entries: undefined, failed: false });
  const known = useRef<readonly HistoryEntry[]>([]);
  // External system: the console's API.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another index is a reason to read again
  useEffect(() => {
    let wanted = true;
    const read = async () => {
      const { view } = clusterStore(cluster).getState();
      const entries = await readHistory(pageActions().history, cluster, known.current, view);
      if (!wanted) return;
      if (entries !== undefined) known.current = entries;
      setBook((before) => {
        const failed = entries === undefined;
        const same = before.failed === failed && (failed || before.entries === entries);
        return same ? before : { entries: entries ?? before.entries, failed };
      });
    };
    void read();
    const timer = setInterval(read, refreshMs);
    return () => {
      wanted = false;
      clearInterval(timer);
    };
  }, [cluster, index]);
  return book;
}
