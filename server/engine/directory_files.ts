import { crc32 } from "node:zlib";
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

/** Hex digits of the checksum that each file begins with, and a line feed after them. */
const CHECKSUM = 9;

/** JSON behind its CRC-32: one flipped bit in a secret must be said, not tried. */
function seal(value: unknown): Uint8Array {
  const body = encodeBody(value);
  return Buffer.concat([Buffer.from(`${crc32(body).toString(16).padStart(8, "0")}\n`), body]);
}

/** Undefined: damaged. */
function unseal<T>(schema: z.ZodType<T>, bytes: Uint8Array): T | undefined {
  const body = bytes.subarray(CHECKSUM);
  const told = Buffer.from(bytes.subarray(0, CHECKSUM)).toString("latin1");
  return told === `${crc32(body).toString(16).padStart(8, "0")}\n` ? parseBody(schema, body) : undefined;
}

/** The files a data directory starts with. */
export function firstFiles(file: Omit<ClusterFile, "format">): ReadonlyMap<string, Uint8Array> {
  return new Map([[CLUSTER, seal({ format: 1, ...file })]]);
}

/** Undefined: missing or damaged. */
export function readClusterFile(files: EngineFiles): ClusterFile | undefined {
  const bytes = files.read(CLUSTER);
  return bytes === undefined ? undefined : unseal(clusterFileSchema, bytes);
}

/** Makes durable that this node was removed at `index`: it must never take part again, also after a restart. */
export function storeRemoved(files: EngineFiles, index: number, failed: (detail: string) => void): void {
  files.store(REMOVED, seal({ format: 1, index }), (fault) => {
    if (fault !== undefined) failed(fault.detail);
  });
}

/** Index of this node's removal; undefined if it was not removed. */
export function readRemoved(files: EngineFiles): number | "damaged" | undefined {
  const bytes = files.read(REMOVED);
  if (bytes === undefined) return undefined;
  return unseal(removedFileSchema, bytes)?.index ?? "damaged";
}
