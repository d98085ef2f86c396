import { PlainPage } from "./plain_page";

/** The address names no cluster. */
export function NoCluster() {
  return <PlainPage title="No cluster chosen">The address names no cluster.</PlainPage>;
}
