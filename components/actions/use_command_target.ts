"use client";

import { consoleRoot } from "../../client/browser";
import { useCluster } from "../../client/use_store";
import type { CommandTarget } from "../../protocol/command_line";
import { useClusterName } from "../shell/cluster_context";

/**
 * Which console and cluster a command to copy has to name. A console that is part of its cluster is found by the command line itself;
 * of one that is attached, only this page knows the address.
 */
export function useCommandTarget(): CommandTarget | undefined {
  const cluster = useClusterName();
  const attached = useCluster(cluster, (session) => session.status?.value.self === null);
  return attached ? { console: consoleRoot(), cluster } : undefined;
}
