import { z } from "zod";
import { logIndexSchema, memberIdSchema, membershipViewSchema } from "./membership";
import { capabilitiesSchema, changeKindSchema, noticeSchema } from "./status";

/** Request header with the caller's request id; a repeat gets the first outcome. */
export const REQUEST_ID_HEADER = "idempotency-key";
/** Request header with the time (ms, 1,000 to 60,000) for which the answering node goes on trying; 10,000 if absent. */
export const DEADLINE_HEADER = "rollcall-deadline-ms";

/** Request header of a console that passes a request on: for whom, percent-encoded. Recorded beside whoever sent it, never instead. */
export const ACTOR_HEADER = "rollcall-actor";

/**
 * Request header of a change that loses quorum and is wanted all the same: the name of the member it is about, as the operator typed
 * it. Only where the console was started to allow it; recorded in the history.
 */
export const FORCE_HEADER = "rollcall-force";

/** A request id: chosen by the caller, unique per request, 8 to 64 characters. */
export const requestIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{8,64}$/, "a request id is 8 to 64 letters, digits, - or _");

/** A member's name: what the operator reads and types. */
export const memberNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    "a name is up to 63 letters, digits, dots, dashes or underscores, and starts with a letter or digit",
  );

/** Whether a host can be dialled: a name, a whole IPv4 address or an IPv6 address in brackets, and no wildcard. */
function isDiallable(host: string): boolean {
  // Whoever dials makes a URL of it: names that are no international ones either, such as "xn--a", would throw there.
  if (!URL.canParse(`http://${host}/`)) return false;
  if (host.startsWith("[")) return !/^\[[0:]+\]$/.test(host);
  const looksLikeIpv4 = /^\d+$/.test(host.slice(host.lastIndexOf(".") + 1));
  if (!looksLikeIpv4) return true;
  const parts = host.split(".");
  const isByte = (part: string) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255;
  return parts.length === 4 && parts.every(isByte) && host !== "0.0.0.0";
}

/** host:port. Whether anything listens there is not checked. */
export const addressSchema = z
  .string()
  .max(262)
  .regex(
    /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?):[1-9]\d{0,4}$/,
    "an address is host:port",
  )
  .refine((text) => Number(text.slice(text.lastIndexOf(":") + 1)) <= 65_535, "a port is 1 to 65535")
  .refine(
    (text) => isDiallable(text.slice(0, text.lastIndexOf(":"))),
    "the host is none that a peer could dial",
  );

/** A URL that peers dial: http or https, host and port, nothing else. */
export const peerUrlSchema = z
  .string()
  .max(262)
  .regex(/^https?:\/\/[^/?#@\s]+:[1-9]\d{0,4}$/, "a peer URL is http://host:port or https://host:port")
  .refine(
    (url) => addressSchema.safeParse(url.slice(url.indexOf("//") + 2)).success,
    "a peer URL is http://host:port or https://host:port, with a host and port that a peer could dial",
  );

/** The URLs of one member. */
export const peerUrlsSchema = z.array(peerUrlSchema).min(1).max(8);

/** `POST /api/clusters/{c}/learners`. `start: "local"`: this machine starts it and picks what is left out. */
export const addLearnerBodySchema = z.strictObject({
  id: memberIdSchema.optional(),
  address: addressSchema.optional(),
  name: memberNameSchema.optional(),
  start: z.literal("local").optional(),
  /** Instead of `address`, where the cluster's form asks for URLs. */
  peerUrls: peerUrlsSchema.optional(),
  /** Where the cluster's form offers kinds of learner. */
  learnerKind: z.enum(["promotable", "read-only"]).optional(),
});
export type AddLearnerBody = z.infer<typeof addLearnerBodySchema>;

/** `PUT /api/clusters/{c}/members/{id}/peer-urls`. */
export const updateAddressBodySchema = z.strictObject({ peerUrls: peerUrlsSchema });

/** Body of promote, demote; empty so far. */
export const emptyBodySchema = z.strictObject({});

/** Body of a removal. `stopProcess`: where this machine runs the process, stop it and set its data aside. */
export const removeBodySchema = z.strictObject({ stopProcess: z.boolean().optional() });

/** `POST /api/clusters/{c}/leader`: fenced by the leader and term the operator saw. */
export const transferBodySchema = z.strictObject({
  target: memberIdSchema,
  leader: memberIdSchema.nullable(),
  term: z.number().int().min(0),
});

/** One change of a proposal. */
const memberChangeSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("add-learner"),
    id: memberIdSchema,
    address: addressSchema.optional(),
    name: memberNameSchema.optional(),
  }),
  z.strictObject({ kind: z.literal("promote"), id: memberIdSchema }),
  z.strictObject({ kind: z.literal("demote"), id: memberIdSchema }),
  z.strictObject({ kind: z.literal("remove"), id: memberIdSchema }),
]);
export type MemberChange = z.infer<typeof memberChangeSchema>;

/** `POST /api/clusters/{c}/changes` (joint) and `/assess`. */
export const changesBodySchema = z.strictObject({ changes: z.array(memberChangeSchema).min(1).max(64) });

/**
 * `POST /api/clusters/{c}/plans`. `replace`: the voter `target` by `learner`, or, where this console carries plans out, by a node that
 * the plan adds: `name` and `peerUrls`. `add-learner`: once the cluster has room. `typedName`: what the operator typed for a step that
 * deserves it.
 */
export const createPlanBodySchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("promote"), learner: memberIdSchema }),
  z
    .strictObject({
      kind: z.literal("replace"),
      target: memberIdSchema,
      learner: memberIdSchema.optional(),
      name: memberNameSchema.optional(),
      peerUrls: peerUrlsSchema.optional(),
      typedName: z.string().max(64).optional(),
    })
    .refine(
      ({ learner, name, peerUrls }) =>
        learner === undefined
          ? name !== undefined && peerUrls !== undefined
          : name === undefined && peerUrls === undefined,
      { error: "give either a learner, or name and peerUrls of a node to add", path: ["learner"] },
    ),
  z.strictObject({ kind: z.literal("add-learner"), name: memberNameSchema, peerUrls: peerUrlsSchema }),
]);
export type CreatePlanBody = z.infer<typeof createPlanBodySchema>;

/** `POST /api/clusters/{c}/plans/{id}/{verb}`. Stopping undoes nothing; `confirm` types the name that a step waits for. */
export const planVerbSchema = z.enum(["pause", "resume", "stop", "confirm"]);
export type PlanVerb = z.infer<typeof planVerbSchema>;

/** Body of it: `typedName` with `confirm` only. */
export const steerPlanBodySchema = z.strictObject({ typedName: z.string().max(64).optional() });

/** Answer of both: the plan's id; how it stands comes with the status. */
export const planAnswerSchema = z.object({ id: z.string() });

/** A change as the cluster's durable history holds it. */
export const historyEntrySchema = z.object({
  /** Log index of the entry; 0 for a refusal before any entry was made. */
  index: logIndexSchema,
  term: z.number().int().min(0),
  /** Wall clock of the leader when it took the change, ms since 1970. */
  time: z.number().int().min(0),
  kind: z.union([
    changeKindSchema,
    z.literal("created"),
    z.literal("leave-joint"),
    z.literal("transfer"),
    z.literal("update-address"),
  ]),
  changes: z.array(
    z.object({
      kind: z.union([changeKindSchema, z.literal("update-address")]),
      id: memberIdSchema,
      name: z.string(),
    }),
  ),
  actor: z.string(),
  requestId: z.string(),
  /** unknown: no answer came, so it may have been applied; what became of it stands in a later entry of the same request. */
  outcome: z.enum(["applied", "rejected", "refused", "unknown"]),
  /** Why it was rejected or refused; empty otherwise. */
  reason: z.string(),
  /** Quorum would be lost, and the operator forced it. */
  forced: z.literal(true).optional(),
  /** The node that refused; null for outcomes in the log. */
  refusedBy: memberIdSchema.nullable(),
  /** Membership after an applied change. */
  members: z.array(memberIdSchema),
  learners: z.array(memberIdSchema),
  sequence: z.number().int().min(0),
});
export type HistoryEntry = z.infer<typeof historyEntrySchema>;

/** `GET /api/clusters/{c}/history?after=INDEX&limit=N&learners=omit`, oldest first. */
export const historyQuerySchema = z.object({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
  /** "omit": every entry's `learners` comes empty, for who reads the long history of a large cluster. */
  learners: z.enum(["omit"]).optional(),
});
/** Answer of `GET /api/clusters/{c}/history`. `more`: there is more after the last entry. */
export const historyAnswerSchema = z.object({ entries: z.array(historyEntrySchema), more: z.boolean() });

/** Answer of every mutation: the view once applied. */
export const changedAnswerSchema = z.object({
  requestId: z.string(),
  /** Index at which the change was applied; that of the current view when nothing had to change. */
  index: logIndexSchema,
  membership: membershipViewSchema,
  /** After adding a learner: what there is to know for starting it. */
  learner: z
    .object({
      id: memberIdSchema,
      name: z.string(),
      address: z.string(),
      /** The exact command that starts it elsewhere, with a single-use join token; absent if started here. */
      command: z.string().optional(),
      /** Milliseconds the token stays good. */
      tokenExpiresInMs: z.number().optional(),
    })
    .optional(),
  leader: z.object({ id: memberIdSchema, term: z.number() }).optional(),
});
export type ChangedAnswer = z.infer<typeof changedAnswerSchema>;

/** `GET /api/clusters/{c}/learners/next`: what this machine would pick for the next learner. */
export const nextLearnerSchema = z.object({
  id: memberIdSchema,
  name: z.string(),
  address: z.string().nullable(),
});

/**
 * What became of a request whose answer was lost. `GET /api/clusters/{c}/requests/{id}` says what a linearizable read knows now
 * (absent: pending). After the request's deadline `POST .../requests/{id}/settle` ends the doubt: it closes the id in the
 * replicated registry, so that the change can never be applied later, and answers anything but pending.
 */
export const requestOutcomeSchema = z.discriminatedUnion("state", [
  /** It may still be applied. */
  z.object({ state: z.literal("pending") }),
  z.object({ state: z.literal("applied"), index: logIndexSchema }),
  z.object({ state: z.literal("rejected"), index: logIndexSchema, reason: z.string() }),
  /** Certain: the id is closed, or it was refused before anything was appended. */
  z.object({ state: z.literal("not-applied") }),
]);
export type RequestOutcome = z.infer<typeof requestOutcomeSchema>;

/** One cluster of `GET /api/clusters`: what an overview says of it, from what the console holds already. */
const clusterSummarySchema = z.object({
  name: z.string(),
  kind: z.enum(["embedded", "etcd", "d-engine"]),
  capabilities: capabilitiesSchema,
  /** One of ok, degraded, at-limit, lost, unknown. */
  state: z.enum(["ok", "degraded", "at-limit", "lost", "unknown"]),
  sentence: z.string(),
  /** The leader's name; null: none is known. */
  leader: z.string().nullable(),
  term: z.number().int().min(0),
  voters: z.number().int().min(0),
  learners: z.number().int().min(0),
  /** Age of the newest fact about it, ms; null: there never was one. */
  factAgeMs: z.number().min(0).nullable(),
  /** The gravest thing its operator should know, where there is any. */
  notice: noticeSchema.pick({ tone: true, text: true }).nullable(),
});
export type ClusterSummary = z.infer<typeof clusterSummarySchema>;

/** `GET /api/clusters`, in the order the console was given them. */
export const clusterListSchema = z.object({ clusters: z.array(clusterSummarySchema) });

/** `GET /livez`: who this process is, so that `rollcall up` can recognise it. */
export const identitySchema = z.object({
  ok: z.literal(true),
  pid: z.number().int(),
  clusterId: z.string().nullable(),
  nodeId: memberIdSchema.nullable(),
  uuid: z.string().nullable(),
});
