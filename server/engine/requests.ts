import { z } from "zod";
import { encodeBody, memberChangesSchema, registryCommandSchema } from "./payload";
import type { ChangeRefusal } from "./types";

/** Longest application entry, in bytes. */
export const PROPOSAL_BYTES_MAX = 512 * 1024;

const requestId = z.string().min(1).max(64);
const nodeId = z.number().int().min(1).max(0xffff_ffff);
const index = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const text = z.string().max(1024);

const changeRequest = z.strictObject({
  kind: z.literal("change"),
  requestId,
  expectedIndex: index.nullable(),
  actor: text,
  changes: memberChangesSchema,
  force: text.optional(),
});
const commandRequest = z.strictObject({
  kind: z.literal("command"),
  key: requestId,
  command: registryCommandSchema,
});
const proposalRequest = z.strictObject({
  kind: z.literal("proposal"),
  key: requestId,
  /** Base64 on the wire, bytes on either side of it. */
  data: z
    .base64()
    .max(Math.ceil(PROPOSAL_BYTES_MAX / 3) * 4)
    .transform((text): Uint8Array => Buffer.from(text, "base64")),
});
const transferRequest = z.strictObject({
  kind: z.literal("transfer"),
  requestId,
  target: nodeId,
  seen: z.object({ leader: nodeId.nullable(), term: index }).nullable(),
});

/** What a node asks of the leader, in JSON. One hop: a node that does not lead answers so and never passes it on. */
export const leaderRequestSchema = z.discriminatedUnion("kind", [
  changeRequest,
  commandRequest,
  proposalRequest,
  transferRequest,
]);
export type LeaderRequest = z.infer<typeof leaderRequestSchema>;
/** A change of membership, as the leader is asked for it. */
export type ChangeRequest = Extract<LeaderRequest, { kind: "change" }>;

/** The request as the bytes that `leaderRequestSchema` reads. Made only for a request that leaves this node. */
export function encodeLeaderRequest(request: LeaderRequest): Uint8Array {
  if (request.kind !== "proposal") return encodeBody(request);
  const { buffer, byteOffset, byteLength } = request.data;
  return encodeBody({ ...request, data: Buffer.from(buffer, byteOffset, byteLength).toString("base64") });
}

/** What a leader says to a request. */
export type LeaderAnswer =
  /** It stands in the log at this place; watch for it there. */
  | { readonly kind: "appended"; readonly index: number; readonly term: number }
  /** Nothing to append: true already, as of this index. */
  | { readonly kind: "done"; readonly index: number; readonly changed: boolean }
  /** The transfer is under way, in this term. */
  | { readonly kind: "transferring"; readonly term: number }
  /** Nothing happened; ask again soon. */
  | { readonly kind: "later" }
  | { readonly kind: "not-leader" }
  /** `final`: this holds for every copy of the request, also for one that is still on its way. */
  | { readonly kind: "refused"; readonly refusal: ChangeRefusal; readonly final?: true | undefined };

const ids = z.array(nodeId).max(100_000).readonly();
const membership = z.object({ members: ids, learners: ids, committedIndex: index });
const inProgress = z.object({
  requestId,
  changes: memberChangesSchema,
  actor: text,
  sinceMs: z.number().min(0),
});
const leaderSeen = { leader: nodeId.optional(), term: index };
const refusalSchema = z.discriminatedUnion("code", [
  z.object({ code: z.literal("fence-lost"), membership }),
  z.object({ code: z.literal("change-in-progress"), change: inProgress.optional() }),
  z.object({ code: z.literal("node-removed"), index }),
  z.object({ code: z.literal("id-retired"), id: nodeId, index, nextFreeId: nodeId }),
  z.object({ code: z.literal("leader-changed"), ...leaderSeen }),
  z.object({ code: z.literal("transfer-failed"), target: nodeId, ...leaderSeen }),
  z.object({
    code: z.enum([
      "no-leader",
      "not-ready",
      "too-many-requests",
      "bad-input",
      "already-member",
      "address-taken",
      "not-a-member",
      "not-a-learner",
      "not-a-voter",
      "not-caught-up",
      "would-lose-quorum",
      "invalid-change",
      "request-id-reused",
      "request-closed",
    ]),
    detail: text,
  }),
]) satisfies z.ZodType<ChangeRefusal>;

/** Schema of a leader's answer. */
export const leaderAnswerSchema: z.ZodType<LeaderAnswer> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("appended"), index, term: index }),
  z.object({ kind: z.literal("done"), index, changed: z.boolean() }),
  z.object({ kind: z.literal("transferring"), term: index }),
  z.object({ kind: z.literal("later") }),
  z.object({ kind: z.literal("not-leader") }),
  z.object({ kind: z.literal("refused"), refusal: refusalSchema, final: z.literal(true).optional() }),
]);
