import { z } from "zod";
import type { NodeId } from "../raft/types";
import type { MemberChange, MemberRecord, RequestOutcome } from "./types";

/**
 * What stands in the data of a log entry, and in the context of a configuration entry. Normal entries start with one tag byte;
 * an empty entry is the core's own. Written by this cluster's nodes only, and read strictly all the same: what does not parse
 * is skipped, on every node alike.
 */

const APPLICATION = 1;
const COMMAND = 2;
/** Bytes of tag and proposal key before the application's data. */
const HEADER = 13;
/** Longest command, in bytes. */
const COMMAND_BYTES_MAX = 64 * 1024;

const nodeId = z.number().int().min(1).max(0xffff_ffff);
const index = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const requestId = z.string().min(1).max(64);
const text = z.string().max(1024);

const memberChange = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("add-learner"), id: nodeId, address: text, name: text }),
  z.strictObject({ kind: z.literal("promote"), id: nodeId }),
  z.strictObject({ kind: z.literal("demote"), id: nodeId }),
  z.strictObject({ kind: z.literal("remove"), id: nodeId }),
]) satisfies z.ZodType<MemberChange>;

/** Schema of the changes of one request, 1 to 64. */
export const memberChangesSchema = z.array(memberChange).min(1).max(64);

const changeContextSchema = z.strictObject({
  requestId,
  /** The configuration index the caller saw; null: not fenced. */
  expectedIndex: index.nullable(),
  actor: text,
  /** Leader's wall clock when it took the change, ms since 1970. */
  time: index,
  changes: memberChangesSchema,
  /** The operator forced it past the guard. */
  forced: z.literal(true).optional(),
});
/** What a configuration entry carries besides the change itself. */
export type ChangeContext = z.infer<typeof changeContextSchema>;

/** Schema of a command to the replicated registry. */
export const registryCommandSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("allocate-id") }),
  z.strictObject({ kind: z.literal("bind"), id: nodeId, uuid: text }),
  z.strictObject({ kind: z.literal("close-request"), requestId }),
  z.strictObject({ kind: z.literal("mint-token"), tokenId: text, key: text, id: nodeId, expires: index }),
  z.strictObject({ kind: z.literal("redeem-token"), tokenId: text, uuid: text, time: index }),
  z.strictObject({
    kind: z.literal("create-plan"),
    id: z.string().min(1).max(40),
    plan: z.enum(["promote", "replace"]),
    learner: nodeId,
    target: nodeId.nullable(),
    actor: text,
    time: index,
    /** Entries the learner is behind. */
    behind: index.optional(),
  }),
  z.strictObject({
    kind: z.literal("set-plan"),
    id: z.string().min(1).max(40),
    state: z.enum(["running", "paused", "stopped", "done", "failed"]),
    reason: text,
  }),
  z.strictObject({
    kind: z.literal("record-transfer"),
    requestId,
    target: nodeId,
    actor: text,
    time: index,
  }),
]);
/** A command to the replicated registry. */
export type RegistryCommand = z.infer<typeof registryCommandSchema>;

/** What a command answered, the same on every node. */
export type CommandResult =
  | { readonly kind: "id"; readonly id: NodeId }
  | { readonly kind: "outcome"; readonly outcome: RequestOutcome }
  | { readonly kind: "redeemed"; readonly id: NodeId; readonly member: MemberRecord }
  | { readonly kind: "done" }
  /** `reused`: the id stands for something else. */
  | { readonly kind: "refused"; readonly reason: string; readonly reused?: true };

/**
 * Has a command of the registry committed and applied. Undefined: it was refused, or is not known to be applied within `timeoutMs` and
 * may still be.
 */
export type RunCommand = (command: RegistryCommand, timeoutMs: number) => Promise<CommandResult | undefined>;

const keyedCommandSchema = z.strictObject({ key: requestId, command: registryCommandSchema });

/** The data of a normal entry, read. `key` is the proposer's, so that it recognises its own entry. */
export type Payload =
  | { readonly kind: "empty" }
  | { readonly kind: "application"; readonly key: string; readonly data: Uint8Array }
  | { readonly kind: "command"; readonly key: string; readonly command: RegistryCommand }
  | { readonly kind: "malformed" };

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

function parseJson<T>(schema: z.ZodType<T>, bytes: Uint8Array): T | undefined {
  try {
    const parsed = schema.safeParse(JSON.parse(decoder.decode(bytes)));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Key of an application proposal: 24 hex digits, from a random part per boot and a counter. */
export function proposalKey(boot: Uint8Array, counter: number): string {
  const bytes = Buffer.alloc(12);
  bytes.set(boot.subarray(0, 8));
  bytes.writeUInt32BE(counter >>> 0, 8);
  return bytes.toString("hex");
}

/** An application entry. `key` is one of proposalKey(). */
export function encodeApplication(key: string, data: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(HEADER + data.length);
  bytes[0] = APPLICATION;
  bytes.write(key, 1, 12, "hex");
  bytes.set(data, HEADER);
  return bytes;
}

/** A registry command entry. */
export function encodeCommand(key: string, command: RegistryCommand): Uint8Array {
  const body = encoder.encode(JSON.stringify({ key, command }));
  const bytes = new Uint8Array(1 + body.length);
  bytes[0] = COMMAND;
  bytes.set(body, 1);
  return bytes;
}

/** Reads the data of a normal entry; never throws. */
export function decodePayload(data: Uint8Array): Payload {
  if (data.length === 0) return { kind: "empty" };
  if (data[0] === APPLICATION && data.length >= HEADER) {
    const key = Buffer.from(data.buffer, data.byteOffset + 1, 12).toString("hex");
    return { kind: "application", key, data: data.subarray(HEADER) };
  }
  if (data[0] === COMMAND && data.length <= COMMAND_BYTES_MAX) {
    const parsed = parseJson(keyedCommandSchema, data.subarray(1));
    if (parsed !== undefined) return { kind: "command", ...parsed };
  }
  return { kind: "malformed" };
}

/** The context of a configuration entry. */
export function encodeContext(context: ChangeContext): Uint8Array {
  return encoder.encode(JSON.stringify(context));
}

/** Reads the context of a configuration entry; undefined if it is not one. */
export function decodeContext(bytes: Uint8Array): ChangeContext | undefined {
  return parseJson(changeContextSchema, bytes);
}

/** Parses a JSON body of another node against its schema; undefined if it does not fit. Never throws. */
export const parseBody = parseJson;

/** A JSON body for another node. */
export function encodeBody(body: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(body));
}
