"use client";

import Link from "next/link";
import { useClusterName } from "./cluster_context";
import { clusterHref, historyHref } from "./cluster_href";

/** The pages of a cluster. */
export type ClusterPageName = "members" | "history";

const item =
  "inline-flex h-8 items-center rounded-control px-2 text-body text-secondary hover:bg-raised hover:text-ink aria-[current]:font-medium aria-[current]:text-ink max-wide:min-h-11";

/** Members and History of the page's cluster. */
export function PageNav({ page, className = "" }: { page: ClusterPageName; className?: string }) {
  const cluster = useClusterName();
  const current = (name: ClusterPageName) => (page === name ? { "aria-current": "page" as const } : {});
  return (
    <nav aria-label="Pages of the cluster" className={`flex shrink-0 items-center ${className}`}>
      <Link href={clusterHref(cluster)} className={item} {...current("members")}>
        Members
      </Link>
      <Link href={historyHref(cluster)} className={item} {...current("history")}>
        History
      </Link>
    </nav>
  );
}
