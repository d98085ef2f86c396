/** The address of a cluster's live page. */
export function clusterHref(cluster: string): string {
  return `/cluster/?c=${encodeURIComponent(cluster)}`;
}

/** The address of a cluster's durable history, at an index where one is given. */
export function historyHref(cluster: string, at?: number): string {
  return `/history/?c=${encodeURIComponent(cluster)}${at === undefined ? "" : `&at=${at}`}`;
}
