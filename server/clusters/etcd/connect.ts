import { EtcdCluster } from "./etcd_cluster";
import type { EtcdClusterOptions } from "./options";

/** Attaches to an etcd cluster. Never waits: what cannot be reached shows in the status, and is tried again. */
export function connectEtcd(options: EtcdClusterOptions): EtcdCluster {
  return new EtcdCluster(options);
}
