import type { MemberStatus } from "../../../protocol/status";
import type { EndpointReport } from "./endpoint_poll";
import { isFresh } from "./health";
import type { LeaderProgress } from "./leader_progress";
import type { EtcdMember } from "./member";

/** Share of the leader's log that etcd wants a learner to have before it may vote. */
const CAUGHT_UP_SHARE = 0.9;

/** What etcd's gate for a promotion is foreseen from. */
export interface PromotionInput {
  readonly learner: EtcdMember;
  readonly report: EndpointReport | undefined;
  readonly now: number;
  /** The leader's committed index; undefined: not known now. */
  readonly leaderIndex: number | undefined;
  /** What the leader itself knows of the logs; undefined: it was not asked, or does not tell. */
  readonly progress: LeaderProgress | undefined;
  readonly members: readonly EtcdMember[];
}

/**
 * Whether etcd would let a learner vote now: it has been started, has 90 % of the leader's log, and with it a majority of the
 * voters has been started. Null while nobody can tell.
 */
export function promotableOf(input: PromotionInput): MemberStatus["promotable"] {
  const { learner, report, now, leaderIndex, members } = input;
  const no = (reason: string) => ({ ok: false as const, reason });
  if (learner.name === "") return no("it has not been started yet");
  const unstarted = members.filter((one) => !one.isLearner && one.name === "").length;
  const voters = members.filter((one) => !one.isLearner).length + 1;
  if (voters - unstarted < Math.floor(voters / 2) + 1) {
    return no("etcd wants a majority of the voters started before it changes them");
  }
  if (leaderIndex === undefined) return null;
  if (!isFresh(report, now) || report?.self === undefined) return no("it does not answer this console");
  // The leader compares what it knows to be in the logs; where it does not tell, what was applied comes close.
  const progress = input.progress;
  const has = progress?.members.get(learner.id)?.match ?? report.self.value.appliedIndex;
  const leads = progress?.members.get(progress.leader)?.match ?? leaderIndex;
  if (has >= leads * CAUGHT_UP_SHARE) return { ok: true };
  const share = Math.floor((100 * has) / leads);
  return no(`etcd wants it to have 90 % of the leader's log, and it has ${share} %`);
}
