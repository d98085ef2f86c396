import { z } from "zod";
import {
  changedAnswerSchema,
  historyEntrySchema,
  memberNameSchema,
  peerUrlsSchema,
  requestOutcomeSchema,
} from "../../../protocol/api";
import { memberIdSchema, membershipViewSchema } from "../../../protocol/membership";
import { problemSchema } from "../../../protocol/problem";

/** Version of the record book's lines; a higher one is a newer Rollcall's. */
export const BOOK_FORMAT = 1;

const time = z.number().int().min(0);

/** What one request set out to do, so that its effect can be recognised in a later view of the cluster. */
const intentSchema = z.discriminatedUnion("kind", [
  /** The id is the cluster's to assign: recognised by the URLs that nobody had before, or by the id where one was chosen. */
  z.object({
    kind: z.literal("add-learner"),
    id: memberIdSchema.nullable(),
    name: z.string(),
    peerUrls: z.array(z.string()),
  }),
  z.object({ kind: z.literal("promote"), id: memberIdSchema, name: z.string() }),
  z.object({ kind: z.literal("demote"), id: memberIdSchema, name: z.string() }),
  z.object({ kind: z.literal("remove"), id: memberIdSchema, name: z.string() }),
  z.object({
    kind: z.literal("update-address"),
    id: memberIdSchema,
    name: z.string(),
    peerUrls: z.array(z.string()),
  }),
  z.object({ kind: z.literal("transfer"), id: memberIdSchema, name: z.string() }),
]);
export type Intent = z.infer<typeof intentSchema>;

/** A request before it was sent to the cluster: after a crash this is what tells that it may have been applied. */
const begunSchema = z.object({
  type: z.literal("begun"),
  requestId: z.string(),
  /** What was asked, in full; tells a repeat from another request under the same id. */
  asked: z.string().max(65_536),
  intent: intentSchema,
  actor: z.string(),
  time,
  term: z.number().int().min(0),
  /** Index of the newest view when it was taken. */
  index: z.number().int().min(0),
});
export type Begun = z.infer<typeof begunSchema>;

/** To whom a request goes, before it does: without this line it never went anywhere. */
const sentSchema = z.object({ type: z.literal("sent"), requestId: z.string(), to: memberIdSchema });

/** Its line in the history; null where that stands for itself already. */
const entry = historyEntrySchema.nullable();

/** How a request ended: what was answered, and its line in the history. */
const endedSchema = z.object({
  type: z.literal("ended"),
  requestId: z.string(),
  result: z.union([
    z.object({ ok: z.literal(true), answer: changedAnswerSchema }),
    z.object({ ok: z.literal(false), problem: problemSchema }),
  ]),
  entry,
});
export type Ended = z.infer<typeof endedSchema>;

/** What became of a request whose outcome was unknown; never `pending`. */
const settledSchema = z.object({
  type: z.literal("settled"),
  requestId: z.string(),
  outcome: requestOutcomeSchema,
  entry,
});
export type Settled = z.infer<typeof settledSchema>;

/** A line of the history by itself: a change that this console saw and did not make, or one of a request long ended. */
const lineSchema = z.object({ type: z.literal("line"), entry: historyEntrySchema });

/** The newest published view, so that index and sequence go on from it after a restart. */
const viewedSchema = z.object({ type: z.literal("view"), view: membershipViewSchema });

/** A guided plan as it was made, and whether it is still to be carried out. How far it is follows from what is in force. */
const storedPlanSchema = z.object({
  id: z.string().min(1).max(64),
  kind: z.enum(["promote", "replace", "add-learner"]),
  /** Null until the member to be added has its id. */
  learner: memberIdSchema.nullable(),
  target: memberIdSchema.nullable(),
  /** The node to be added; null where the plan was made for a learner of the cluster. */
  newcomer: z.object({ name: memberNameSchema, peerUrls: peerUrlsSchema }).nullable(),
  actor: z.string(),
  time,
  state: z.enum(["running", "paused", "stopped", "done", "failed"]),
  reason: z.string(),
  /** What they were called; empty where nobody knew. */
  learnerName: z.string(),
  targetName: z.string(),
  /** Entries the learner was behind when the plan was made; null where nobody knew. */
  behindAtStart: z.number().int().min(0).nullable(),
  /** Whether the voter to be replaced was down when the plan was made: it is then removed first. */
  targetDown: z.boolean(),
  /** The name the operator typed for a step that deserves it; null: none. */
  typedName: z.string().nullable(),
  /** Steps begun so far: makes the request id of the next one. */
  attempts: z.number().int().min(0),
  /** Request under way or of unknown outcome; nothing is done before that is known. */
  pending: z.string().nullable(),
});
export type StoredPlan = z.infer<typeof storedPlanSchema>;
const plannedSchema = z.object({ type: z.literal("plan"), plan: storedPlanSchema });

/** First line of a book. `instance`: drawn once, part of the epoch of clusters whose index is the console's own. */
const headingSchema = z.object({
  type: z.literal("book"),
  format: z.literal(BOOK_FORMAT),
  instance: z.string().regex(/^[0-9a-f]{16}$/),
  cluster: z.string(),
});

/** A line of the book. */
export const recordSchema = z.discriminatedUnion("type", [
  headingSchema,
  begunSchema,
  sentSchema,
  endedSchema,
  settledSchema,
  lineSchema,
  viewedSchema,
  plannedSchema,
]);
export type BookRecord = z.infer<typeof recordSchema>;
