import type { MemberId } from "../../../protocol/membership";
import type { Member, StatusResponse } from "../../rpc/generated/etcd_pb";
import type { SeenMember } from "../attached/effects";

/** A member as etcd's list has it. */
export interface EtcdMember {
  readonly id: MemberId;
  /** Empty until it was started. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  /** Empty until it was started. */
  readonly clientUrls: readonly string[];
  readonly isLearner: boolean;
}

/** What one member says of itself. */
export interface MemberSelf {
  readonly id: MemberId;
  /** Decimal, as the wire has it. */
  readonly clusterId: string;
  readonly version: string;
  /** Null: it knows of none. */
  readonly leader: MemberId | null;
  readonly term: number;
  /** Index up to which it knows entries to be committed. */
  readonly committedIndex: number;
  readonly appliedIndex: number;
  readonly isLearner: boolean;
  /** Bytes. */
  readonly dbSize: number;
  readonly dbSizeInUse: number;
  /** Bytes; undefined before 3.6, which does not tell. */
  readonly dbQuota: number | undefined;
  /** Empty before 3.6. */
  readonly storageVersion: string;
  /** Alarms, corruption, "no leader", in etcd's words. */
  readonly errors: readonly string[];
}

/** A list as it came. */
export function toMembers(members: readonly Member[]): EtcdMember[] {
  return members.map(({ ID, name, peerURLs, clientURLs, isLearner }) => ({
    id: String(ID),
    name,
    peerUrls: [...peerURLs].sort(),
    clientUrls: [...clientURLs].sort(),
    isLearner,
  }));
}

/** Status as it came. Indexes beyond 2^53 are not to be had in practice and would only be imprecise. */
export function toSelf(status: StatusResponse): MemberSelf {
  const { header, leader } = status;
  return {
    id: String(header?.memberId ?? 0n),
    clusterId: String(header?.clusterId ?? 0n),
    version: status.version,
    leader: leader === 0n ? null : String(leader),
    term: Number(status.raftTerm),
    committedIndex: Number(status.raftIndex),
    appliedIndex: Number(status.raftAppliedIndex),
    isLearner: status.isLearner,
    dbSize: Number(status.dbSize),
    dbSizeInUse: Number(status.dbSizeInUse),
    dbQuota: status.dbSizeQuota > 0n ? Number(status.dbSizeQuota) : undefined,
    storageVersion: status.storageVersion,
    errors: status.errors,
  };
}

/** An id as etcd's operators know it: hexadecimal, without a prefix. */
export function hexId(id: MemberId): string {
  return BigInt(id).toString(16);
}

/** What to call a member in a sentence: its name, or its id in hex where it was not started yet. */
export function labelOf(member: Pick<EtcdMember, "id" | "name">): string {
  return member.name === "" ? hexId(member.id) : member.name;
}

/** A member as changes of the membership are recognised by. */
export function toSeen({ id, name, peerUrls, isLearner }: EtcdMember): SeenMember {
  return { id, name, role: isLearner ? "learner" : "voter", peerUrls };
}
