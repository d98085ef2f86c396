"use client";

import { createContext, useContext } from "react";
import { type BandView, type TablesView, useBand, useTables } from "../../client/use_store";

const ClusterContext = createContext<string | undefined>(undefined);

/** Tells everything below which cluster the page shows. */
export const ClusterProvider = ClusterContext.Provider;

/** The name of the cluster that the page shows. */
export function useClusterName(): string {
  const cluster = useContext(ClusterContext);
  if (cluster === undefined) throw new Error("useClusterName needs a ClusterProvider above it");
  return cluster;
}

/** What the state band shows, of the page's cluster. */
export function usePageBand(): BandView {
  return useBand(useClusterName());
}

/** What tables and timeline show, of the page's cluster. */
export function usePageTables(): TablesView {
  return useTables(useClusterName());
}
