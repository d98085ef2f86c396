import { z } from "zod";
import type { EngineFiles } from "../storage";
import { encodeBody, parseBody } from "./payload";

const CLUSTER = "cluster.json";
const REMOVED = "removed.json";

const clusterFileSchema = z.strictObject({
  format: z.literal(1),
  /** host:port for peers. */
  address: z.string().min(1).max(262),
  /** Shared by the cluster's nodes, hex. */
  secret: z.string().regex(/^[0-9a-f]{32,256}$/),
  contacts: z
    .array(z.strictObject({ id: z.number().int().min(1), address: z.string().min(1).max(262) }))
    .max(100_000),
});
/** What a node keeps about its cluster beside the log: where it listens, the shared secret, whom it may meet first. */
export type ClusterFile = z.infer<typeof clusterFileSchema>;

const removedFileSchema = z.strictObject({ format: z.literal(1), index: z.number().int().min(0) });

/** The files a data directory starts with. */
export function firstFiles(file: Omit<ClusterFile, "format">): ReadonlyMap<string, Uint8Array> {
  return new Map([[CLUSTER, encodeBody({ format: 1, ...file })]]);
}

/** Undefined: missing or damaged. */
export function readClusterFile(files: EngineFiles): ClusterFile | undefined {
  const bytes = files.read(CLUSTER);
  return bytes === undefined ? undefined : parseBody(clusterFileSchema, bytes);
}

/** Makes durable that this node was removed at `index`: it must never take part again, also after a restart. */
export function storeRemoved(files: EngineFiles, index: number, failed: (detail: string) => void): void {
  files.store(REMOVED, encodeBody({ format: 1, index }), (fault) => {
    if (fault !== undefined) failed(fault.detail);
  });
}

/** Index of this node's removal; undefined if it was not removed. */
export function readRemoved(files: EngineFiles): number | "damaged" | undefined {
  const bytes = files.read(REMOVED);
  if (bytes === undefined) return undefined;
  return parseBody(removedFileSchema, bytes)?.index ?? "damaged";
}
