import { z } from "zod";
import type { NodeId } from "../raft/types";
import { memberChangesSchema, parseBody } from "./payload";
import type { MemberReport } from "./types";

/** Up to this many nodes every report says everything; beyond, what would grow with the square of their number is shortened. */
export const SPELLED_OUT_MAX = 64;
/** Members one report may speak of. */
const MEMBERS_MAX = 100_000;

const nodeId = z.number().int().min(1).max(0xffff_ffff);
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const ids = z.array(nodeId).max(MEMBERS_MAX).readonly();
const text = z.string().max(1024);
const digest = z.string().max(16);

/** Ids as ranges, both ends included. */
const rangesSchema = z.array(z.tuple([nodeId, nodeId])).max(MEMBERS_MAX);
type Ranges = z.infer<typeof rangesSchema>;

const groupSchema = z.object({
  ids: rangesSchema,
  health: z.enum(["healthy", "down", "unknown"]),
  healthForMs: z.number().min(0).optional(),
  lastContactMs: z.number().min(0).optional(),
  lag: count.optional(),
  ratePerSecond: z.number().min(0).optional(),
  progress: z.enum(["probe", "replicate", "snapshot"]).optional(),
  promotionBlocked: text.optional(),
});

const viewGroupSchema = z.object({
  ids: rangesSchema,
  committedIndex: count,
  digest,
  leader: nodeId.optional(),
  term: count,
  ageMs: z.number().min(0),
});

const leadingSchema = z.object({
  /** What the leader sees of every node; members that stand alike share a group. */
  groups: z.array(groupSchema).max(MEMBERS_MAX),
  /** What nodes that are heard by the leader alone say of themselves. */
  views: z.array(viewGroupSchema).max(MEMBERS_MAX),
  lastIndex: count,
  change: z
    .object({ requestId: text, changes: memberChangesSchema, actor: text, sinceMs: z.number().min(0) })
    .optional(),
});

const reportSchema = z.object({
  term: count,
  leader: nodeId.optional(),
  committedIndex: count,
  /** `digestOf` the configuration at `committedIndex`. */
  digest,
  /** The configuration itself: always in a small cluster, now and then in a large one. */
  lists: z.object({ members: ids, learners: ids }).optional(),
  console: text,
  /** host:port at which it serves d-engine's client interface; absent: it does not. */
  dEngineApi: text.optional(),
  /** Only a leader's. */
  leading: leadingSchema.optional(),
});

/** What one node says about itself, as it goes over the wire. */
export type NodeReport = z.infer<typeof reportSchema>;

/** What the leader relays of one node that only it hears. */
export type RelayedView = Omit<z.infer<typeof viewGroupSchema>, "ids"> & { readonly id: NodeId };

/** Reads a report; undefined if it is none, or speaks of too many members. Never throws. */
export function decodeReport(bytes: Uint8Array): NodeReport | undefined {
  const report = parseBody(reportSchema, bytes);
  const groups = [...(report?.leading?.groups ?? []), ...(report?.leading?.views ?? [])];
  let members = 0;
  for (const { ids: ranges } of groups) {
    for (const [from, to] of ranges) {
      if (to < from) return undefined;
      members += to - from + 1;
    }
  }
  return members > 2 * MEMBERS_MAX ? undefined : report;
}

/** A fingerprint of a configuration, 16 hex digits: equal lists have equal ones, and others as good as never. */
export function digestOf(members: readonly NodeId[], learners: readonly NodeId[]): string {
  const parts = [0x811c_9dc5, 0x9747_b28c].map((seed) => {
    let hash = seed;
    for (const id of [...members, 0, ...learners]) {
      hash = Math.imul(hash ^ id, 0x0100_0193);
      hash ^= hash >>> 15;
    }
    return (Math.imul(hash, 0x85eb_ca6b) >>> 0).toString(16).padStart(8, "0");
  });
  return parts.join("");
}

/** Puts members that stand alike into one group. `spelledOut`: to the millisecond; otherwise ages are rounded down first. */
export function toGroups(
  reports: readonly MemberReport[],
  spelledOut: boolean,
): z.infer<typeof groupSchema>[] {
  return grouped(reports, ({ id: _, ...facts }) => (spelledOut ? facts : rounded(facts)));
}

/** The reports that groups stand for, ascending by id. */
export function fromGroups(groups: readonly z.infer<typeof groupSchema>[]): MemberReport[] {
  return spread(groups).map(({ id, ...facts }) => ({
    id,
    health: facts.health,
    healthForMs: facts.healthForMs,
    lastContactMs: facts.lastContactMs,
    lag: facts.lag,
    ratePerSecond: facts.ratePerSecond,
    progress: facts.progress,
    promotionBlocked: facts.promotionBlocked,
  }));
}

/** Puts nodes that say the same into one group; their ages are rounded down to seconds. */
export function toViewGroups(views: readonly RelayedView[]): z.infer<typeof viewGroupSchema>[] {
  return grouped(views, ({ id: _, ageMs, ...said }) => ({ ...said, ageMs: wholeSeconds(ageMs) }));
}

/** The relayed views that groups stand for, ascending by id. */
export function fromViewGroups(groups: readonly z.infer<typeof viewGroupSchema>[]): RelayedView[] {
  return spread(groups);
}

function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

/** An age of something well, coarser the older it is: to the second, the minute, the hour. */
function coarse(ms: number): number {
  const step = ms < 60_000 ? 1000 : ms < 3_600_000 ? 60_000 : 3_600_000;
  return Math.floor(ms / step) * step;
}

function rounded<T extends Omit<MemberReport, "id">>(facts: T): T {
  const { health, healthForMs, lastContactMs, ratePerSecond } = facts;
  const age = health === "healthy" ? coarse : wholeSeconds;
  return {
    ...facts,
    healthForMs: healthForMs === undefined ? undefined : age(healthForMs),
    lastContactMs: lastContactMs === undefined ? undefined : wholeSeconds(lastContactMs),
    ratePerSecond: ratePerSecond === undefined ? undefined : Math.round(ratePerSecond),
  };
}

function grouped<T extends { readonly id: NodeId }, F extends object>(
  items: readonly T[],
  factsOf: (item: T) => F,
): (F & { ids: Ranges })[] {
  const groups = new Map<string, F & { ids: Ranges }>();
  for (const item of items) {
    const facts = factsOf(item);
    const key = JSON.stringify(facts);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { ...facts, ids: [[item.id, item.id]] });
    else extend(group.ids, item.id);
  }
  return [...groups.values()];
}

function extend(ranges: Ranges, id: NodeId): void {
  const last = ranges.at(-1);
  if (last !== undefined && last[1] + 1 === id) last[1] = id;
  else ranges.push([id, id]);
}

function spread<G extends { readonly ids: Ranges }>(
  groups: readonly G[],
): (Omit<G, "ids"> & { id: NodeId })[] {
  const items: (Omit<G, "ids"> & { id: NodeId })[] = [];
  for (const { ids: ranges, ...facts } of groups) {
    for (const [from, to] of ranges) for (let id = from; id <= to; id += 1) items.push({ ...facts, id });
  }
  return items.sort((a, b) => a.id - b.id);
}
