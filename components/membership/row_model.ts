import type { Ghost, RowMark } from "../../client/session";
import type { TablesView } from "../../client/use_store";
import { compareIds } from "../../protocol/diff";
import { type IdFormat, idWords } from "../../protocol/member_ids";
import type { MemberId } from "../../protocol/membership";
import type { ClusterStatus, MemberHealth, MemberStatus } from "../../protocol/status";
import type { NameOf } from "../../protocol/words";

/**
 * One row, flat and made of primitives so that an unchanged row is not rendered again. Times are ms on this browser's
 * clock, rounded to whole seconds: frames recompute ages and would jitter otherwise.
 */
export interface RowModel {
  readonly id: MemberId;
  /** The id as operators of this kind of cluster know it. */
  readonly idWords: string;
  readonly name: string;
  readonly role: "voter" | "learner";
  readonly leader: boolean;
  /** While joint: the only half the member votes in; null if it votes in both, or is not joint. */
  readonly half: "outgoing" | "incoming" | null;
  readonly health: MemberHealth["state"];
  readonly word: MemberHealth["word"];
  readonly since: number | null;
  readonly lag: number | null;
  readonly lagCurrent: boolean;
  readonly rate: number | null;
  readonly contactAt: number | null;
  readonly address: string;
  readonly mark: RowMark["kind"] | "left" | null;
  /** Why the engine would not promote it now; null if it would, or it is no learner. */
  readonly notPromotable: string | null;
}

function instant(receivedAt: number, ageMs: number | null): number | null {
  return ageMs === null ? null : Math.round((receivedAt - ageMs) / 1000) * 1000;
}

function halfOf(status: ClusterStatus | undefined, id: MemberId): RowModel["half"] {
  if (status === undefined || status.configuration.outgoing.length === 0) return null;
  const incoming = status.configuration.incoming.includes(id);
  const outgoing = status.configuration.outgoing.includes(id);
  if (incoming === outgoing) return null;
  return incoming ? "incoming" : "outgoing";
}

const nothingKnown = {
  health: "unknown",
  word: "Unknown",
  since: null,
  lag: null,
  lagCurrent: false,
  rate: null,
  contactAt: null,
  address: "",
  notPromotable: null,
} as const;

function facts(member: MemberStatus | undefined, receivedAt: number) {
  if (member === undefined) return nothingKnown;
  const { health, lag, promotable } = member;
  return {
    health: health.state,
    word: health.word,
    since: instant(receivedAt, health.sinceMs),
    lag: lag?.entries ?? null,
    lagCurrent: lag?.current ?? false,
    rate: member.ratePerSecond,
    contactAt: instant(receivedAt, member.lastContactMs),
    address: member.address,
    notPromotable: promotable === null || promotable.ok ? null : promotable.reason,
  };
}

function ghostRow(ghost: Ghost, format: IdFormat | undefined): RowModel {
  return {
    ...nothingKnown,
    id: ghost.id,
    idWords: idWords(ghost.id, format),
    name: ghost.name || `id ${idWords(ghost.id, format)}`,
    role: ghost.role,
    leader: false,
    half: null,
    word: "Removed",
    since: ghost.at,
    address: ghost.address,
    mark: "left",
  };
}

/** The rows of one table in fixed order, by id; members that just left stand among them as ghosts. */
export function rowModels(
  tables: TablesView,
  role: "voter" | "learner",
  nameOf: NameOf,
  format: IdFormat | undefined,
): RowModel[] {
  const status = tables.status?.value;
  const members = new Map(status?.members.map((member) => [member.id, member]));
  const snapshot = tables.view?.snapshot;
  const ids = (role === "voter" ? snapshot?.members : snapshot?.learners) ?? [];
  const rows = ids.map((id) => ({
    ...facts(members.get(id), tables.status?.receivedAt ?? 0),
    id,
    idWords: idWords(id, format),
    name: nameOf(id),
    role,
    leader: status?.leadership.id === id,
    half: halfOf(status, id),
    mark: tables.marks[id]?.kind ?? null,
  }));
  const ghosts = tables.ghosts
    .filter((ghost) => ghost.role === role && !ids.includes(ghost.id))
    .map((ghost) => ghostRow(ghost, format));
  return [...rows, ...ghosts].sort((a, b) => compareIds(a.id, b.id));
}
