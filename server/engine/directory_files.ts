import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** What a node keeps in its data directory beside the log; JSON, mode 0600. */
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
export type ClusterFile = z.infer<typeof clusterFileSchema>;

const removedFileSchema = z.strictObject({ format: z.literal(1), index: z.number().int().min(0) });
const joiningFileSchema = z.strictObject({ format: z.literal(1), uuid: z.string().min(1).max(64) });

/** Writes a small file so that after a crash it is either the old one or the new one, and durable once this returns. */
function writeDurably(directory: string, name: string, value: unknown): void {
  const path = join(directory, name);
  const temporary = `${path}.unfinished`;
  const file = openSync(temporary, "w", 0o600);
  try {
    writeSync(file, `${JSON.stringify(value)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  const parent = openSync(directory, "r");
  try {
    fsyncSync(parent);
  } finally {
    closeSync(parent);
  }
}

function read<T>(directory: string, name: string, schema: z.ZodType<T>): T | "missing" | "damaged" {
  let text: string;
  try {
    text = readFileSync(join(directory, name), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "missing";
    throw error;
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return "damaged";
  }
}

/** Keeps address, secret and first contacts. */
export function writeClusterFile(directory: string, file: Omit<ClusterFile, "format">): void {
  writeDurably(directory, "cluster.json", { format: 1, ...file });
}

/** Reads what writeClusterFile kept. */
export function readClusterFile(directory: string): ClusterFile | "missing" | "damaged" {
  return read(directory, "cluster.json", clusterFileSchema);
}

/** Keeps that this node was removed at `index`: it must never take part again, also after a restart. */
export function writeRemoved(directory: string, index: number): void {
  writeDurably(directory, "removed.json", { format: 1, index });
}

/** Index of this node's removal; "missing" if it was not removed. */
export function readRemoved(directory: string): number | "missing" | "damaged" {
  const file = read(directory, "removed.json", removedFileSchema);
  return typeof file === "string" ? file : file.index;
}

/** Keeps the UUID a directory joins with, before its token is redeemed: a repeat is then known as the same node. */
export function writeJoining(directory: string, uuid: string): void {
  writeDurably(directory, "joining.json", { format: 1, uuid });
}

/** The UUID of a join that was begun here. */
export function readJoining(directory: string): string | undefined {
  const file = read(directory, "joining.json", joiningFileSchema);
  return typeof file === "string" ? undefined : file.uuid;
}
