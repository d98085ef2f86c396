import { z } from "zod";
import type { ConfState, NodeId } from "../raft/types";
import { encodeBody, parseBody } from "./payload";
import type { StoredRecord } from "./recorded_history";
import type { GuidedPlan, MemberRecord, RequestOutcome } from "./types";

/** Everything the registry holds. Maps keep insertion order, so that forgetting the oldest is the same on every node. */
export interface RegistryState {
  /** Log index of the configuration entry in force. */
  configIndex: number;
  confState: ConfState;
  sequence: number;
  /** Greater than every id ever used. */
  nextId: NodeId;
  readonly members: Map<NodeId, MemberRecord>;
  /** Removed ids, each with the index of its removal. */
  readonly retired: Map<NodeId, number>;
  readonly outcomes: Map<string, Exclude<RequestOutcome, { kind: "unknown" }>>;
  readonly tokens: Map<
    string,
    { readonly id: NodeId; readonly key: string; readonly expires: number; readonly uuid: string }
  >;
  /** Oldest first; each with what it changed of the lists, which end at those of `confState`. */
  readonly history: StoredRecord[];
  /** Oldest first; at most one is unfinished. */
  readonly plans: GuidedPlan[];
  /** The request whose joint configuration is in force. */
  jointRequest: { readonly requestId: string; readonly index: number } | undefined;
}

/** 2: history records hold differences instead of whole lists. */
const FORMAT = 2;
const id = z.number().int().min(1);
const index = z.number().int().min(0);
const ids = z.array(id).readonly();

const confState = z.object({
  voters: ids,
  learners: ids,
  votersOutgoing: ids,
  learnersNext: ids,
  autoLeave: z.boolean(),
});
const member = z.object({ id, name: z.string(), address: z.string(), uuid: z.string() });
const outcome = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("applied"), index }),
  z.object({ kind: z.literal("rejected"), index, reason: z.string() }),
  z.object({ kind: z.literal("closed") }),
]);
const token = z.object({ id, key: z.string(), expires: index, uuid: z.string() });
const record = z.object({
  index,
  term: index,
  time: index,
  kind: z.enum(["created", "change", "leave-joint", "transfer"]),
  changes: z
    .array(z.object({ kind: z.enum(["add-learner", "promote", "demote", "remove"]), id, name: z.string() }))
    .readonly(),
  actor: z.string(),
  requestId: z.string(),
  outcome: z.enum(["applied", "rejected", "refused"]),
  reason: z.string(),
  forced: z.literal(true).optional(),
  members: z.object({ came: ids, went: ids }),
  learners: z.object({ came: ids, went: ids }),
  sequence: index,
});
const plan = z.object({
  id: z.string(),
  kind: z.enum(["promote", "replace"]),
  learner: id,
  target: id.optional(),
  actor: z.string(),
  time: index,
  state: z.enum(["running", "paused", "stopped", "done", "failed"]),
  reason: z.string(),
  behindAtStart: index.optional(),
});
const stateSchema = z.object({
  format: z.literal(FORMAT),
  configIndex: index,
  confState,
  sequence: index,
  nextId: id,
  members: z.array(member),
  retired: z.array(z.tuple([id, index])),
  outcomes: z.array(z.tuple([z.string(), outcome])),
  tokens: z.array(z.tuple([z.string(), token])),
  history: z.array(record),
  plans: z.array(plan),
  jointRequest: z.object({ requestId: z.string(), index }).nullable(),
});

/** The registry as JSON bytes. */
export function encodeRegistry(state: RegistryState): Uint8Array {
  return encodeBody({
    format: FORMAT,
    configIndex: state.configIndex,
    confState: state.confState,
    sequence: state.sequence,
    nextId: state.nextId,
    members: [...state.members.values()],
    retired: [...state.retired],
    outcomes: [...state.outcomes],
    tokens: [...state.tokens],
    history: state.history,
    plans: state.plans,
    jointRequest: state.jointRequest ?? null,
  });
}

const formatSchema = z.object({ format: z.number().int() });

/** The format of bytes that are a registry of another version; undefined if they are of this one, or none at all. */
export function otherFormatOf(bytes: Uint8Array): number | undefined {
  const format = parseBody(formatSchema, bytes)?.format;
  return format === FORMAT ? undefined : format;
}

/** Reads a registry; undefined if the bytes are not one. */
export function decodeRegistry(bytes: Uint8Array): RegistryState | undefined {
  const parsed = parseBody(stateSchema, bytes);
  if (parsed === undefined) return undefined;
  return {
    configIndex: parsed.configIndex,
    confState: parsed.confState,
    sequence: parsed.sequence,
    nextId: parsed.nextId,
    members: new Map(parsed.members.map((entry) => [entry.id, entry])),
    retired: new Map(parsed.retired),
    outcomes: new Map(parsed.outcomes),
    tokens: new Map(parsed.tokens),
    history: parsed.history,
    plans: parsed.plans.map((entry) => ({ ...entry, target: entry.target })),
    jointRequest: parsed.jointRequest ?? undefined,
  };
}
