import type { MemberId } from "./membership";
import { type HalfAssessment, standingOf } from "./quorum";
import type { StateDescription } from "./state_description";
import type { ClusterStatus } from "./status";
import { namesOf } from "./words";

/** The facts at the right of the band, each one line. */
export interface StateFacts {
  readonly leader: string;
  readonly tolerance: string;
  readonly index: string;
  readonly leaderId: MemberId | null;
}

/** The index of a membership: "56", or "at least 56" where it is a lower bound. */
export function indexWords(index: number, exact: boolean): string {
  return exact ? String(index) : `at least ${index}`;
}

/** "Leader n1, 3 of 3 agree, term 2", "Can lose 1 now, 1 designed", "Index 12". `exact`: the index is no lower bound. */
export function describeFacts(
  status: ClusterStatus,
  description: StateDescription,
  exact = true,
): StateFacts {
  const { leadership, configuration, members, committedIndex } = status;
  const voters = new Set([...configuration.incoming, ...configuration.outgoing]).size;
  const { answering, agree, term, id } = leadership;
  const agreement =
    answering >= voters ? `${agree} of ${answering} agree` : `${agree} of ${answering} answering agree`;
  const answers = `${answering} of ${voters} ${answering === 1 ? "answers" : "answer"}`;
  const worse = description.assessment?.worse;
  return {
    leader:
      id === null
        ? `No leader, ${answers}, term ${term}`
        : `Leader ${namesOf(members)(id)}, ${agreement}, term ${term}`,
    tolerance: `${toleranceNow(worse)}, ${worse?.toleranceDesigned ?? 0} designed`,
    index: `Index ${indexWords(committedIndex, exact)}`,
    leaderId: id,
  };
}

/** None is not the same as not known: with too few voters heard from it could be either. */
function toleranceNow(worse: HalfAssessment | undefined): string {
  if (worse !== undefined && standingOf(worse) === "unsure") return "Tolerance now not known";
  return `Can lose ${Math.max(0, worse?.toleranceNow ?? 0)} now`;
}
