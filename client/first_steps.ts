import { diffMembership } from "../protocol/diff";
import { STALE_AFTER_MS } from "../protocol/frames";
import { assessConfiguration, type HalfAssessment, healthIn, tolerance } from "../protocol/quorum";
import type { ClusterStatus } from "../protocol/status";
import type { ClusterSession } from "./session";

/** The first steps an operator can take, in the order they are shown; they may be taken in any. */
export const firstSteps = ["add", "promote", "kill", "stop", "start"] as const;
export type FirstStep = (typeof firstSteps)[number];

/** Steps taken, each with the sentence its figures gave at that moment; for one epoch of one cluster. */
export interface FirstStepsProgress {
  readonly epoch: string;
  readonly taken: Readonly<Partial<Record<FirstStep, string>>>;
}

type Observed = Pick<ClusterSession, "view" | "status">;

/** The half that decides, from a status that is fresh; undefined otherwise. */
function freshHalf(status: ClusterStatus | undefined): HalfAssessment | undefined {
  if (status === undefined || status.factAgeMs === null || status.factAgeMs >= STALE_AFTER_MS)
    return undefined;
  return assessConfiguration(status.configuration, healthIn(status.members)).worse;
}

function promotedSentence(half: HalfAssessment): string {
  const { voters, quorum, toleranceDesigned } = half;
  const gained = toleranceDesigned > tolerance(voters - 1);
  const lose = gained
    ? `now can lose ${toleranceDesigned}.`
    : `still can lose ${toleranceDesigned}: even counts gain nothing.`;
  return `${voters} voters, quorum ${quorum}, ${lose}`;
}

function killedSentence({ healthy, voters, toleranceNow }: HalfAssessment): string {
  const lose = toleranceNow > 0 ? `can still lose ${toleranceNow}` : "cannot lose any more";
  return `${healthy} of ${voters} voters healthy: the cluster goes on, and ${lose}.`;
}

/** Steps that membership took between two views: learners joined, learners promoted. */
function membershipSteps(before: Observed, after: Observed): Partial<Record<FirstStep, string>> {
  const { view, status } = after;
  if (view === before.view || view === undefined || before.view?.epoch !== view.epoch) return {};
  const kinds = new Set(diffMembership(before.view.snapshot, view.snapshot).map((diff) => diff.kind));
  const { members } = view.snapshot;
  const half = assessConfiguration(
    { incoming: members, outgoing: [] },
    healthIn(status?.value.members ?? []),
  );
  const { quorum, voters } = half.worse;
  return {
    ...(kinds.has("joined-learner")
      ? { add: `It has no vote: quorum is still ${quorum} of ${voters}.` }
      : {}),
    ...(kinds.has("promoted") ? { promote: promotedSentence(half.worse) } : {}),
  };
}

/** Steps that show in the health of the voters. */
function healthSteps(
  before: Observed,
  after: Observed,
  lostBefore: boolean,
): Partial<Record<FirstStep, string>> {
  const status = after.status?.value;
  const half = after.status === before.status ? undefined : freshHalf(status);
  if (status === undefined || half === undefined || half.voters < 2) return {};
  if (half.healthy + half.unknown < half.quorum)
    return { stop: "Quorum lost: changes refused, data intact." };
  if (half.down > 0 && half.healthy >= half.quorum) return { kill: killedSentence(half) };
  const whole = half.healthy === half.voters && status.leadership.id !== null;
  return whole && lostBefore ? { start: "They caught up by themselves." } : {};
}

/**
 * What the newest facts add to the steps taken: ticked by real snapshots and statuses, never by a click. The same object is
 * returned when nothing was added; another epoch begins anew.
 */
export function observeFirstSteps(
  progress: FirstStepsProgress | undefined,
  before: Observed,
  after: Observed,
): FirstStepsProgress | undefined {
  const epoch = after.view?.epoch;
  if (epoch === undefined) return progress;
  const taken = progress?.epoch === epoch ? progress.taken : {};
  const found = {
    ...membershipSteps(before, after),
    ...healthSteps(before, after, taken.stop !== undefined),
  };
  const added = firstSteps.filter((step) => found[step] !== undefined && taken[step] === undefined);
  if (added.length === 0) return progress?.epoch === epoch ? progress : { epoch, taken };
  return { epoch, taken: { ...found, ...taken } };
}
