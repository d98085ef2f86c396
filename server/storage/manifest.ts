import { crc32 } from "node:zlib";
import { z } from "zod";
import type { NodeId } from "../raft/types";
import { damaged, type OpenFault, unknownVersion } from "./faults";

/** Whose data directory this is. Never changes after creation. */
export interface Manifest {
  readonly clusterId: string;
  readonly nodeId: NodeId;
  /** Made once for this directory; tells it from another directory of the same node id. */
  readonly uuid: string;
  readonly name: string;
}

const MANIFEST_VERSION = 1;
export const MANIFEST_NAME = "manifest.json";

const FORMAT = "rollcall-data";

const manifestSchema = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(MANIFEST_VERSION),
  clusterId: z.string().min(1),
  nodeId: z.int().min(1),
  uuid: z.string().min(1),
  name: z.string(),
  checksum: z.string(),
});

/** The manifest's file: one line of JSON that carries its own checksum. */
export function encodeManifest({ clusterId, nodeId, uuid, name }: Manifest): Uint8Array {
  const content = { format: FORMAT, version: MANIFEST_VERSION, clusterId, nodeId, uuid, name };
  const checksum = crc32(JSON.stringify(content)).toString(16).padStart(8, "0");
  return new TextEncoder().encode(`${JSON.stringify({ ...content, checksum })}\n`);
}

/** Reads a manifest. It must be, byte for byte, what encodeManifest writes. */
export function decodeManifest(path: string, bytes: Uint8Array): Manifest | OpenFault {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return damaged(path, 0, "the manifest is not JSON");
  }
  const version = z.looseObject({ format: z.literal(FORMAT), version: z.int() }).safeParse(json);
  if (version.success && version.data.version !== MANIFEST_VERSION) {
    return unknownVersion(path, version.data.version);
  }
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success) return damaged(path, 0, "the manifest does not have the fields it must have");
  const { clusterId, nodeId, uuid, name } = parsed.data;
  const manifest: Manifest = { clusterId, nodeId, uuid, name };
  const expected = encodeManifest(manifest);
  const same = expected.length === bytes.length && expected.every((byte, i) => byte === bytes[i]);
  return same ? manifest : damaged(path, 0, "the manifest does not match its checksum");
}

/** A number that tells one data directory from another, for the headers of its files. Not a secret, not unique. */
export function directoryTag({ clusterId, nodeId, uuid }: Manifest): number {
  return crc32(JSON.stringify([clusterId, nodeId, uuid]));
}
