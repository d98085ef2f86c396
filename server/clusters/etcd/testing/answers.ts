import { create } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import {
  type MemberListResponse,
  MemberListResponseSchema,
  type StatusResponse,
  StatusResponseSchema,
} from "../../../rpc/generated/etcd_pb";
import type { EtcdEndpoint } from "../endpoint";
import type { EndpointReport } from "../endpoint_poll";
import type { Call, Fault } from "../fault";
import { type EtcdMember, toSelf } from "../member";

/** A status as an endpoint would answer it. */
export function statusAnswer(more: {
  readonly id?: bigint;
  readonly applied?: bigint;
  readonly version?: string;
  readonly leader?: bigint;
  readonly term?: bigint;
  readonly errors?: readonly string[];
  readonly clusterId?: bigint;
}): Call<StatusResponse> {
  const { id = 1n, applied = 10n, version = "3.6.14", leader = 1n, term = 2n, clusterId = 7n } = more;
  const value = create(StatusResponseSchema, {
    header: { clusterId, memberId: id, raftTerm: term },
    ...{ version, leader, raftTerm: term, raftIndex: applied, raftAppliedIndex: applied },
    errors: [...(more.errors ?? [])],
  });
  return { ok: true, value };
}

/** A member list as an endpoint would answer it. */
export function listAnswer(...members: readonly EtcdMember[]): Call<MemberListResponse> {
  const value = create(MemberListResponseSchema, {
    header: { clusterId: 7n },
    members: members.map(({ id, name, peerUrls, clientUrls, isLearner }) => ({
      ID: BigInt(id),
      name,
      peerURLs: [...peerUrls],
      clientURLs: [...clientUrls],
      isLearner,
    })),
  });
  return { ok: true, value };
}

/** An endpoint that answers what a test says, and nothing else. */
export function endpointOf(answers: Partial<EtcdEndpoint>): EtcdEndpoint {
  return answers as EtcdEndpoint;
}

/** A member nK of a cluster on one host. */
export function memberOf(number: number, more: Partial<EtcdMember> = {}): EtcdMember {
  return {
    id: String(number),
    name: `n${number}`,
    peerUrls: [`http://10.0.0.${number}:2380`],
    clientUrls: [`http://10.0.0.${number}:2379`],
    isLearner: false,
    ...more,
  };
}

export function faultOfKind(kind: Fault["kind"], text = kind as string, ambiguous = false): Fault {
  return { kind, code: Code.Unknown, text, ambiguous };
}

/** What is known of a member's endpoint: it answered at `at`, or failed since. */
export function reportOf(
  member: EtcdMember,
  at: number,
  more: Parameters<typeof statusAnswer>[0] & { readonly fault?: Fault; readonly returnedAt?: number } = {},
): EndpointReport {
  const { fault, returnedAt, ...status } = more;
  const answer = statusAnswer({ id: BigInt(member.id), ...status });
  if (!answer.ok) throw new Error("never");
  return {
    url: member.clientUrls[0] ?? "",
    self: { value: { ...toSelf(answer.value), isLearner: member.isLearner }, at },
    members: undefined,
    fault,
    failures: fault === undefined ? 0 : 2,
    since: at,
    returnedAt,
    applied: [],
  };
}
