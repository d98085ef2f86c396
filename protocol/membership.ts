import { z } from "zod";

// In a page zod must not try `new Function`: a strict content security policy reports even the attempt. Every other schema file
// imports this one, so it is decided before the first schema is made.
if ("document" in globalThis) z.config({ jitless: true });

/** A member's id on the wire: decimal digits, 1 to 2^64 - 1 (etcd's ids are uint64, so never a number). */
export const memberIdSchema = z
  .string()
  // Nothing after a failed match runs: BigInt() throws on text.
  .regex(/^[1-9][0-9]{0,19}$/, { error: "an id is a whole number, 1 or more", abort: true })
  .refine((id) => id.length < 20 || BigInt(id) < 2n ** 64n, "an id is below 2^64");
export type MemberId = z.infer<typeof memberIdSchema>;

/** A log index: a whole number, 0 and up. 0 means: nothing known yet. */
export const logIndexSchema = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/**
 * A point-in-time view of committed membership. `members` are the voters, ascending; while joint, incoming and outgoing
 * together. No diff: the stream is lossy, so a consumer diffs against the snapshot it last held.
 */
export const membershipSnapshotSchema = z.strictObject({
  members: z.array(memberIdSchema),
  learners: z.array(memberIdSchema),
  committedIndex: logIndexSchema,
});
export type MembershipSnapshot = z.infer<typeof membershipSnapshotSchema>;

/** The snapshot with what makes two of them comparable. */
export const membershipViewSchema = z.object({
  /** Indexes compare only within one epoch. */
  epoch: z.string().min(1).max(128),
  /** False where the index is an observed lower bound (etcd does not tell it). */
  exact: z.boolean(),
  /** Counts the snapshots published in this epoch; the difference of two is the number of changes between them. */
  sequence: z.number().int().min(0),
  snapshot: membershipSnapshotSchema,
});
export type MembershipView = z.infer<typeof membershipViewSchema>;

/** The fence of a view, as it stands in `ETag` and `If-Match`: `"<epoch>:<committedIndex>"`, quotes included. */
export function etagOf(view: Pick<MembershipView, "epoch" | "snapshot">): string {
  return `"${view.epoch}:${view.snapshot.committedIndex}"`;
}

/** Reads a fence as the operator gave it, quoted or bare; undefined where it is not one. */
export function parseFence(
  text: string,
): { readonly epoch: string; readonly committedIndex: number } | undefined {
  const match = /^"?([^":\s]{1,128}):(\d{1,16})"?$/.exec(text.trim());
  const committedIndex = Number(match?.[2]);
  if (match?.[1] === undefined || !Number.isSafeInteger(committedIndex)) return undefined;
  return { epoch: match[1], committedIndex };
}
