/** A log snapshot's data: the registry's bytes behind their length (4 bytes, big-endian), then the application's. */
export function joinSnapshotData(registry: Uint8Array, application: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(4 + registry.length + application.length);
  bytes.writeUInt32BE(registry.length, 0);
  bytes.set(registry, 4);
  bytes.set(application, 4 + registry.length);
  return bytes;
}

/** Takes the two parts apart; undefined if the length does not fit. */
export function splitSnapshotData(
  data: Uint8Array,
): { readonly registry: Uint8Array; readonly application: Uint8Array } | undefined {
  if (data.length < 4) return undefined;
  const length = new DataView(data.buffer, data.byteOffset, 4).getUint32(0);
  if (length > data.length - 4) return undefined;
  return { registry: data.subarray(4, 4 + length), application: data.subarray(4 + length) };
}

/** A log snapshot that does not hold what this engine writes: the directory is damaged, or another program's. */
export class UnreadableSnapshot extends Error {}
