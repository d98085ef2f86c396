import { z } from "zod";
import { logIndexSchema, memberIdSchema } from "./membership";

/**
 * What a status frame carries. Clocks of browser and server differ, so no wall-clock time is compared: every age is in
 * milliseconds at the moment the frame was composed, and the reader adds what has passed since it arrived.
 */
const ageMs = z.number().min(0);

/** A fact that only some kinds of cluster know, in words: a database's size, a version, a countdown. */
const factSchema = z.object({
  label: z.string().min(1).max(64),
  value: z.string().max(512),
  /** What it means, or what to do about it; null where the value says it all. */
  note: z.string().max(512).nullable(),
  tone: z.enum(["plain", "warning", "critical"]),
  /** Milliseconds until it comes to pass, for the reader to count down; null: nothing is due. */
  dueInMs: ageMs.nullable(),
});
export type Fact = z.infer<typeof factSchema>;

/** Something about the cluster or one of its members that an operator should know: an alarm, an advisory, a new epoch. */
export const noticeSchema = z.object({
  /** Stays the same while it is about the same thing. */
  id: z.string().min(1).max(128),
  tone: z.enum(["info", "warning", "critical"]),
  /** One sentence: what is so. */
  text: z.string().max(512),
  /** What to do; null where there is nothing to do. */
  advice: z.string().max(512).nullable(),
  member: memberIdSchema.nullable(),
});
export type Notice = z.infer<typeof noticeSchema>;

/** Why and how a member is doing. `state` counts towards quorum; `word` is what the operator reads. */
const memberHealthSchema = z.object({
  /** healthy: heard from within 3 s; down: not; unknown: nobody could tell. */
  state: z.enum(["healthy", "down", "unknown"]),
  word: z.enum([
    "Healthy",
    "Catching up",
    "Receiving snapshot",
    "Not started",
    "Unreachable",
    "Stopped",
    "Frozen",
    "Removed",
    "Not allowed",
    "Cannot connect",
    "Unknown",
  ]),
  /** How long it has been so; null when not known. */
  sinceMs: ageMs.nullable(),
  /** Who says so (a member's name or "this node") and how old the fact is. */
  source: z.object({ by: z.string(), ageMs }).nullable(),
});
export type MemberHealth = z.infer<typeof memberHealthSchema>;

/** One member as the cluster's own records and its leader describe it. A fact nobody has is null, never a default. */
export const memberStatusSchema = z.object({
  id: memberIdSchema,
  /** Empty where the member has not told its name yet. */
  name: z.string(),
  role: z.enum(["voter", "learner"]),
  address: z.string(),
  /** URL of the member's own console, where it serves one. */
  console: z.string().nullable(),
  health: memberHealthSchema,
  /** Entries the member's log is behind the leader's. `current` false: last known. */
  lag: z.object({ entries: z.number().int().min(0), current: z.boolean() }).nullable(),
  /** Entries a second the member's log grew by, over the last few seconds. */
  ratePerSecond: z.number().min(0).nullable(),
  /** Since the leader last heard from it; null if never. The leader's own is 0. */
  lastContactMs: ageMs.nullable(),
  /** For learners: whether the engine's own gate would let it be promoted now, and if not, why. */
  promotable: z
    .union([z.object({ ok: z.literal(true) }), z.object({ ok: z.literal(false), reason: z.string() })])
    .nullable(),
  /** Index up to which this member's own configuration stands, as the member itself reports; null when not heard. */
  ownView: z
    .object({
      committedIndex: logIndexSchema,
      /**
       * Whether the lists stand here: absent if so. In a large cluster they are left empty where they are those of this status's
       * own `configuration` ("same"), those that the history has at `committedIndex` ("past"), or others that are not known here,
       * or not yet ("unknown").
       */
      lists: z.enum(["same", "past", "unknown"]).optional(),
      members: z.array(memberIdSchema),
      learners: z.array(memberIdSchema),
      leader: memberIdSchema.nullable(),
      term: z.number().int().min(0),
      ageMs,
    })
    .nullable(),
  /** What else this kind of cluster knows about the member, in the order to be shown. */
  facts: z.array(factSchema).max(32),
});
export type MemberStatus = z.infer<typeof memberStatusSchema>;

/** Both halves of the configuration in force; `outgoing` is empty unless joint. */
const configurationSchema = z.object({
  incoming: z.array(memberIdSchema),
  outgoing: z.array(memberIdSchema),
  learners: z.array(memberIdSchema),
  learnersNext: z.array(memberIdSchema),
  autoLeave: z.boolean(),
});
export type Configuration = z.infer<typeof configurationSchema>;

/** joint: several changes in one entry. */
export const changeKindSchema = z.enum(["add-learner", "promote", "demote", "remove", "joint"]);
export type ChangeKind = z.infer<typeof changeKindSchema>;

/** The one change under way. */
export const changeInProgressSchema = z.object({
  kind: changeKindSchema,
  /** The member it is about; several for a joint change. */
  members: z.array(memberIdSchema),
  actor: z.string(),
  sinceMs: ageMs,
  requestId: z.string(),
});
export type ChangeInProgress = z.infer<typeof changeInProgressSchema>;

/** Whom the nodes take for leader, counted over the voters that answer. */
const leadershipSchema = z.object({
  /** The leader most answering voters name in the highest term; null if none. */
  id: memberIdSchema.nullable(),
  term: z.number().int().min(0),
  /** Voters that answered lately, and how many of them name `id`. */
  answering: z.number().int().min(0),
  agree: z.number().int().min(0),
  /** While there is no leader: for how long. */
  noneForMs: ageMs.nullable(),
});
export type Leadership = z.infer<typeof leadershipSchema>;

/**
 * A change in several steps that is carried out by itself and remembered: by the cluster, across restarts and elections, or, where
 * its engine knows no plans, by this console, across its restarts. `promote`: make `learner` a voter once it has caught up; `replace`:
 * that, and remove `target`; `add-learner`: add a learner once the cluster has room for one.
 */
const guidedPlanSchema = z.object({
  id: z.string().min(1).max(64),
  kind: z.enum(["promote", "replace", "add-learner"]),
  /** Null until the node to be added is a member. */
  learner: memberIdSchema.nullable(),
  target: memberIdSchema.nullable(),
  /** The node to be added; absent where the plan was made for a learner of the cluster. */
  newcomer: z.object({ name: z.string(), peerUrls: z.array(z.string()) }).optional(),
  actor: z.string(),
  state: z.enum(["running", "paused", "stopped", "done", "failed"]),
  /** changing: promotion and removal in one, by joint consensus. */
  step: z.enum([
    "adding",
    "starting",
    "catching-up",
    "promoting",
    "transferring",
    "removing",
    "changing",
    "finished",
  ]),
  /** Which step of how many that is; absent: two or three steps, by its kind. */
  place: z.object({ step: z.number().int().min(1), of: z.number().int().min(1) }).optional(),
  /** What it waits for, as a clause; null while it goes on. */
  waitingFor: z.string().nullable(),
  /** The name that has to be typed before it goes on; absent: none. */
  typeName: z.string().optional(),
  /** Starts the added member, while the plan waits for it to be started. */
  startCommand: z.string().max(8192).optional(),
  /** Why it failed; empty otherwise. */
  reason: z.string(),
  /** Their names, also once they are members no more; absent where the cluster keeps none. */
  learnerName: z.string().optional(),
  targetName: z.string().optional(),
  /** Entries the learner was behind when the plan was made; absent where nobody knew. */
  behindAtStart: z.number().int().min(0).optional(),
});
export type GuidedPlan = z.infer<typeof guidedPlanSchema>;

/** The state of one cluster as one console knows it. */
export const clusterStatusSchema = z.object({
  epoch: z.string().min(1).max(128),
  /** The membership index these facts belong to. */
  committedIndex: logIndexSchema,
  leadership: leadershipSchema,
  configuration: configurationSchema,
  changeInProgress: changeInProgressSchema.nullable(),
  members: z.array(memberStatusSchema),
  /** Age of the newest fact about the cluster from outside this console's own memory; null: there never was one. */
  factAgeMs: ageMs.nullable(),
  /** The member this console is part of; null for an attached cluster. */
  self: z
    .object({
      id: memberIdSchema,
      name: z.string(),
      /** removed: this node was taken out at `index` and only serves its last view. */
      standing: z.enum(["joining", "member", "removed"]),
      index: logIndexSchema.nullable(),
    })
    .nullable(),
  /** Index of the last entry in the leader's log and of the last applied one here; null when not known. */
  lastLogIndex: logIndexSchema.nullable(),
  appliedIndex: logIndexSchema.nullable(),
  /** True when only processes on this machine can reach the cluster. */
  loopbackOnly: z.boolean(),
  /** Attempts that changed nothing, as this console's history notes them; counted since it started. Where it differs, there is more to read. */
  refusals: z.number().int().min(0),
  /** Guided plans, oldest first: at most one promotion or replacement unfinished, learners queued to be added, the last finished ones. */
  plans: z.array(guidedPlanSchema),
  /** Alarms and advisories, the gravest first. */
  notices: z.array(noticeSchema).max(64),
});
export type ClusterStatus = z.infer<typeof clusterStatusSchema>;

/** Whether an action can be had from this kind of cluster at all. */
export const capabilitySchema = z.union([
  z.object({ ok: z.literal(true) }),
  z.object({ ok: z.literal(false), reason: z.string() }),
]);
export type Capability = z.infer<typeof capabilitySchema>;

/** What a new learner is described by, where kinds of cluster differ. */
const learnerFormSchema = z.object({
  /** Whether the operator picks its id, or the cluster assigns one. */
  id: z.enum(["chosen", "assigned"]),
  /** host-port: one address; peer-urls: one or more URLs that the other members dial. */
  address: z.enum(["host-port", "peer-urls"]),
  /** Members have no names of their own, only ids. */
  unnamed: z.literal(true).optional(),
  /** What it may become; empty where there is only one kind of learner. The first is the default. */
  kinds: z.array(
    z.object({ value: z.enum(["promotable", "read-only"]), label: z.string(), explanation: z.string() }),
  ),
  /** Learners that the cluster takes at once, as a rule; absent: any number. A further one may be queued as a plan. */
  atOnce: z.number().int().min(1).optional(),
});
export type LearnerForm = z.infer<typeof learnerFormSchema>;

/** What a cluster can do. Nothing else tells its kinds apart. */
export const capabilitiesSchema = z.object({
  addLearner: capabilitySchema,
  promote: capabilitySchema,
  demote: capabilitySchema,
  remove: capabilitySchema,
  transfer: capabilitySchema,
  /** Several changes at once through joint consensus. */
  joint: capabilitySchema,
  /** Promote when caught up, and replace a member, as plans: carried out by the cluster where `joint` is, else by this console. */
  guided: capabilitySchema,
  /** Start an added learner as a process of this machine. */
  startHere: capabilitySchema,
  /** Give a member other addresses for its peers to dial. */
  updateAddress: capabilitySchema,
  learner: learnerFormSchema,
  /** Entries a learner may be behind and yet be promoted; absent: the gate is another one, and tells its reason itself. */
  promotionLagMax: z.number().int().min(0).optional(),
  /** How operators of this kind of cluster know its ids. */
  idFormat: z.enum(["decimal", "hex"]),
  /** atomic: checked at the leader in the same turn as the append; best-effort: read again, compare, call. */
  fence: z.enum(["atomic", "best-effort"]),
});
export type Capabilities = z.infer<typeof capabilitiesSchema>;
