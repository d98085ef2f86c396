"use client";

import { useEffect, useState } from "react";
import { pageActions } from "../../client/actions";
import type { ClusterSummary } from "../../protocol/api";
import { STALE_AFTER_MS } from "../../protocol/frames";

/** How long after an answer the list is read again, ms. */
const REFRESH_MS = 1000;

/** The list as this page last got it. Times are ms on this browser's clock. */
export interface ClusterListing {
  readonly clusters: readonly ClusterSummary[];
  readonly receivedAt: number;
  readonly now: number;
  /** Nothing came for longer than a moment: what is shown is what was last known. */
  readonly stale: boolean;
}

/** What is known of the console's clusters. */
export type Listing =
  | { readonly kind: "loading" }
  /** Nothing was ever received. */
  | { readonly kind: "failed"; readonly detail: string }
  | ({ readonly kind: "known" } & ClusterListing);

interface Kept {
  readonly received: { readonly clusters: readonly ClusterSummary[]; readonly at: number } | undefined;
  readonly failure: string | undefined;
  readonly now: number;
}

/** Reads the list again and again while the page is shown; `attempt`: another one reads at once. */
export function useClusters(attempt: number): Listing {
  const [kept, setKept] = useState<Kept>({ received: undefined, failure: undefined, now: 0 });
  // External system: the console's API.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt reads again
  useEffect(() => {
    let wanted = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async () => {
      const result = await pageActions().clusters();
      if (!wanted) return;
      const now = Date.now();
      if (result.ok) setKept({ received: { clusters: result.value, at: now }, failure: undefined, now });
      else {
        const failure = result.problem?.detail ?? "This console does not answer.";
        setKept(({ received }) => ({ received, failure, now }));
      }
      timer = setTimeout(read, REFRESH_MS);
    };
    void read();
    const clock = setInterval(() => setKept((known) => ({ ...known, now: Date.now() })), REFRESH_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
      clearInterval(clock);
    };
  }, [attempt]);
  const { received, failure, now } = kept;
  if (received === undefined)
    return failure === undefined ? { kind: "loading" } : { kind: "failed", detail: failure };
  const stale = now - received.at >= STALE_AFTER_MS;
  return { kind: "known", clusters: received.clusters, receivedAt: received.at, now, stale };
}
