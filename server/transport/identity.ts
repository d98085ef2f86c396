import { z } from "zod";
import type { PeerIdentity, PeerVerdict } from "./types";

/** An identity in its encoded form is at most this long, so that it fits in a first frame. */
const IDENTITY_BYTES_MAX = 2_048;
const REASON_LENGTH_MAX = 256;

const printable = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[\x20-\x7e]*$/);

const identitySchema = z.object({
  clusterId: printable(64).min(1),
  nodeId: z.int().min(1).max(0xffff_ffff),
  uuid: printable(64).min(1),
  address: printable(300).min(1),
  console: printable(512),
});

const verdictSchema = z.object({
  identity: identitySchema,
  verdict: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("accept") }),
    z.object({
      kind: z.literal("removed"),
      index: z.int().min(0),
      by: printable(64).min(1).optional(),
    }),
    z.object({ kind: z.literal("refuse"), reason: z.string().max(REASON_LENGTH_MAX) }),
  ]),
});

/** A verdict, and who gives it. */
export interface SignedVerdict {
  readonly identity: PeerIdentity;
  readonly verdict: PeerVerdict;
}

/** What is wrong with an identity, or undefined. Every node checks its own before it listens to others. */
export function identityFault(identity: PeerIdentity): string | undefined {
  const result = identitySchema.safeParse(identity);
  if (!result.success) return z.prettifyError(result.error);
  const bytes = encodeIdentity(identity).length;
  return bytes <= IDENTITY_BYTES_MAX ? undefined : `${bytes} bytes; ${IDENTITY_BYTES_MAX} are allowed`;
}

export function encodeIdentity(identity: PeerIdentity): Buffer {
  return Buffer.from(JSON.stringify(identity));
}

/** Undefined: the bytes are no identity. Fields this version does not know are ignored. */
export function decodeIdentity(bytes: Buffer): PeerIdentity | undefined {
  return bytes.length > IDENTITY_BYTES_MAX ? undefined : parseJson(bytes, identitySchema);
}

/** Cuts a long reason, so that the verdict fits in its frame. */
export function encodeVerdict(signed: SignedVerdict): Buffer {
  const { identity, verdict } = signed;
  const cut =
    verdict.kind === "refuse"
      ? { kind: verdict.kind, reason: verdict.reason.slice(0, REASON_LENGTH_MAX) }
      : verdict;
  return Buffer.from(JSON.stringify({ identity, verdict: cut }));
}

/** Undefined: the bytes are no verdict. */
export function decodeVerdict(bytes: Buffer): SignedVerdict | undefined {
  return parseJson(bytes, verdictSchema);
}

/** A verdict as a phrase for a log. A peer's own words are stripped of control characters. */
export function describeVerdict(verdict: PeerVerdict): string {
  if (verdict.kind === "accept") return "accepted";
  if (verdict.kind === "removed") return `removed at index ${verdict.index}`;
  return verdict.reason.replaceAll(/\p{Cc}/gu, " ");
}

function parseJson<T>(bytes: Buffer, schema: z.ZodType<T>): T | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
  return schema.safeParse(value).data;
}
