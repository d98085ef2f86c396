/** The address of a cluster's live page. */
export function clusterHref(cluster: string): string {
  return `/cluster/?c=${encodeURIComponent(cluster)}`;
}

/** The address of a cluster's durable history. */
export function historyHref(cluster: string): string {
  return `/history/?c=${encodeURIComponent(cluster)}`;
}
