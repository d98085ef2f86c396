import type { Ghost, RowMark } from "../../client/session";
import type { TablesView } from "../../client/use_store";
import { compareIds } from "../../protocol/diff";
import { type IdFormat, idWords } from "../../protocol/member_ids";
import type { MemberId } from "../../protocol/membership";
import { membersById } from "../../protocol/quorum";
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
  /** Since when it has been down; null while it is not. */
  readonly since: number | null;
  readonly lag: number | null;
  readonly lagCurrent: boolean;
  readonly rate: number | null;
  /** "reading": under a second before the newest status, as of most members; so their rows do not change with every status. */
  readonly contactAt: number | "reading" | null;
  readonly address: string;
  readonly mark: RowMark["kind"] | "left" | null;
  /** Why the engine would not promote it now; null if it would, or it is no learner. */
  readonly notPromotable: string | null;
}

function instant(receivedAt: number, ageMs: number | null): number | null {
  return ageMs === null ? null : Math.round((receivedAt - ageMs) / 1000) * 1000;
}

function isFresh(ageMs: number | null): boolean {
  return ageMs !== null && ageMs < 1000;
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

/** Of a member that was never heard from nothing is known, whatever the leader still has to send it. */
function lagOf({ lag, health }: MemberStatus): MemberStatus["lag"] {
  return health.word === "Not started" ? null : lag;
}

function facts(member: MemberStatus | undefined, receivedAt: number) {
  if (member === undefined) return nothingKnown;
  const { health, promotable } = member;
  const lag = lagOf(member);
  return {
    health: health.state,
    word: health.word,
    since: health.state === "down" ? instant(receivedAt, health.sinceMs) : null,
    lag: lag?.entries ?? null,
    lagCurrent: lag?.current ?? false,
    rate: member.ratePerSecond === null ? null : Math.round(member.ratePerSecond),
    contactAt: isFresh(member.lastContactMs)
      ? ("reading" as const)
      : instant(receivedAt, member.lastContactMs),
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

/** One table's rows before they are made: of a long table only those in view are. */
export interface TableRows {
  /** In fixed order, by id; members that just left stand among them as ghosts. */
  readonly ids: readonly MemberId[];
  /** The row of a member; also of one that has left this table since `ids` was read, where the table holds its place. */
  rowOf(id: MemberId): RowModel;
}

/** What filters and sorting look at, without making the row. */
export type RowFacts = Pick<RowModel, "id" | "idWords" | "name" | "address" | "word" | "lag">;

/** The rows of one table. */
export function tableRows(
  tables: TablesView,
  role: "voter" | "learner",
  nameOf: NameOf,
  format: IdFormat | undefined,
): TableRows {
  const status = tables.status?.value;
  const members = membersById(status?.members ?? none);
  const { members: voters = [], learners = [] } = tables.view?.snapshot ?? {};
  const [ids, others] = role === "voter" ? [voters, learners] : [learners, voters];
  const ghosts = ghostsOf(tables, role, ids);
  const rowAs = (id: MemberId, asRole: "voter" | "learner"): RowModel => ({
    ...facts(members.get(id), tables.status?.receivedAt ?? 0),
    id,
    idWords: idWords(id, format),
    name: nameOf(id),
    role: asRole,
    leader: status?.leadership.id === id,
    half: halfOf(status, id),
    mark: tables.marks[id]?.kind ?? null,
  });
  let present: ReadonlySet<MemberId> | undefined;
  return {
    ids: ghosts.size === 0 ? ids : [...ids, ...ghosts.keys()].sort(compareIds),
    rowOf: (id) => {
      const ghost = ghosts.get(id);
      if (ghost !== undefined) return ghostRow(ghost, format);
      present ??= new Set(ids);
      if (present.has(id)) return rowAs(id, role);
      if (others.includes(id)) return rowAs(id, role === "voter" ? "learner" : "voter");
      return ghostRow({ id, name: nameOf(id), role, address: "", at: tables.now }, format);
    },
  };
}

const none: readonly MemberStatus[] = [];

function ghostsOf(
  tables: TablesView,
  role: "voter" | "learner",
  ids: readonly MemberId[],
): ReadonlyMap<MemberId, Ghost> {
  const gone = tables.ghosts.filter((ghost) => ghost.role === role);
  if (gone.length === 0) return new Map();
  const here = new Set(ids);
  return new Map(gone.filter(({ id }) => !here.has(id)).map((ghost) => [ghost.id, ghost]));
}

/** What a filter looks at of every row of a table. */
export function rowFacts(
  tables: TablesView,
  nameOf: NameOf,
  format: IdFormat | undefined,
): (id: MemberId) => RowFacts {
  const members = membersById(tables.status?.value.members ?? none);
  return (id) => {
    const member = members.get(id);
    return {
      id,
      idWords: idWords(id, format),
      name: nameOf(id),
      address: member?.address ?? "",
      word: member?.health.word ?? "Unknown",
      lag: member === undefined ? null : (lagOf(member)?.entries ?? null),
    };
  };
}
