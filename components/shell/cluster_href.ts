/** The address of a cluster's live page. */
export function clusterHref(cluster: string): string {
  return `/cluster/?c=${encodeURIComponent(cluster)}`;
}
