import type { MemberId } from "./membership";
import type { Capabilities } from "./status";

/** How operators of a kind of cluster know its ids. */
export type IdFormat = Capabilities["idFormat"];

/** Ids from here on are hashes: no kind of cluster lets anybody choose them, and nobody reads them in decimal. */
const HASHED_FROM = 2n ** 32n;

/**
 * A member's id as operators read it: etcd's tools print hex without a prefix. Without a format, as in a sentence about a member
 * without a name, ids of 2^32 and above are in hex.
 */
export function idWords(id: MemberId, format?: IdFormat): string {
  if (!/^[0-9]{1,20}$/.test(id)) return id;
  const hex = format === undefined ? BigInt(id) >= HASHED_FROM : format === "hex";
  return hex ? BigInt(id).toString(16) : id;
}

/** The id that hex digits stand for, with 0x before them or not; undefined where they are none. */
export function parseHexId(word: string): MemberId | undefined {
  const digits = /^(?:0x)?([0-9a-f]{1,16})$/i.exec(word)?.[1];
  if (digits === undefined) return undefined;
  const id = BigInt(`0x${digits}`);
  return id === 0n ? undefined : id.toString();
}
