import { compareIds } from "./diff";
import type { MemberId } from "./membership";
import type { Configuration, MemberStatus } from "./status";

/** A learner of the cluster, or one that is still to be added. */
type AnyLearner = { readonly id: MemberId; readonly name: string };

interface Facts {
  readonly configuration: Configuration;
  readonly members: readonly MemberStatus[];
}

/** What is in force once the learner is there as a plan waits for it: a member, heard from, and within the gate. */
export function withCaughtUp({ configuration, members }: Facts, learner: AnyLearner): Facts {
  const learners = new Set([...configuration.learners, learner.id]);
  const others = members.filter(({ id }) => id !== learner.id);
  const known = members.find(({ id }) => id === learner.id);
  return {
    configuration: { ...configuration, learners: [...learners].sort(compareIds) },
    members: [...others, caughtUp(learner, known)],
  };
}

function caughtUp(learner: AnyLearner, known: MemberStatus | undefined): MemberStatus {
  return {
    id: learner.id,
    name: known?.name || learner.name,
    role: "learner",
    address: known?.address ?? "",
    console: null,
    health: { state: "healthy", word: "Healthy", sinceMs: null, source: null },
    lag: { entries: 0, current: true },
    ratePerSecond: null,
    lastContactMs: 0,
    promotable: { ok: true },
    ownView: null,
    facts: [],
  };
}
