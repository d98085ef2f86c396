import type { EtcdEndpoint } from "./endpoint";
import type { Call } from "./fault";
import { type EtcdMember, type MemberSelf, toMembers, toSelf } from "./member";
import { isBefore } from "./version";

/** The members as of one moment after the read began. */
export interface MembershipLook {
  readonly clusterId: string;
  readonly members: readonly EtcdMember[];
  /** An index at which they were so, or a lower bound of it. */
  readonly index: number;
  /** Nothing was applied while the list was read, so they were so at `index` itself. */
  readonly exact: boolean;
  /** The member that was asked, as it described itself before the list was read. */
  readonly by: MemberSelf;
}

/** What a read needs of an endpoint. */
export type ReadEndpoint = Pick<EtcdEndpoint, "url" | "status" | "members" | "readBarrier">;

/**
 * Reads the members linearizably from one endpoint. etcd does not tell the index of a configuration, so its applied index is
 * taken before and after: where both are the same, the list stood at that very index. 3.4 answers a list from what it has
 * applied, so it is made to catch up first.
 */
export async function readMembers(endpoint: ReadEndpoint, timeoutMs: number): Promise<Call<MembershipLook>> {
  const before = await endpoint.status(timeoutMs);
  if (!before.ok) return before;
  const by = toSelf(before.value);
  if (isBefore(by.version, [3, 5, 0])) {
    const barrier = await endpoint.readBarrier(timeoutMs);
    if (!barrier.ok) return barrier;
  }
  const list = await endpoint.members(timeoutMs);
  if (!list.ok) return list;
  const after = await endpoint.status(timeoutMs);
  if (!after.ok) return after;
  const value = {
    clusterId: by.clusterId,
    members: toMembers(list.value.members),
    index: by.appliedIndex,
    exact: by.appliedIndex === toSelf(after.value).appliedIndex,
    by,
  };
  return { ok: true, value };
}
