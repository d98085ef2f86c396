import { describeFacts } from "./facts";
import type { StateDescription } from "./state_description";
import type { ClusterStatus, MemberStatus } from "./status";
import { formatDuration, formatSourceAge, formatUtc, namesOf, plural } from "./words";

/** What a summary is made of. Times are ms since 1970. */
export interface CopySummaryInput {
  readonly cluster: string;
  readonly status: ClusterStatus | undefined;
  readonly description: StateDescription;
  /** Since when the state is what it is; null when not known. */
  readonly stateSince: number | null;
  readonly lastChange: { readonly words: string; readonly time: number } | null;
  /** Where the facts come from, e.g. the console's URL. */
  readonly source: string;
  /** Age of the newest fact; null: there never was one. */
  readonly dataAgeMs: number | null;
  /** Both hops live. When false leader and members are called last known. */
  readonly live: boolean;
  readonly now: number;
}

/** Members named one by one; beyond that only those that are not healthy are. */
const NAMED_MAX = 12;

function members(all: readonly MemberStatus[], role: MemberStatus["role"]): string {
  const some = all.filter((member) => member.role === role);
  if (some.length === 0) return "none";
  const words = (list: readonly MemberStatus[]) =>
    list.map((member) => `${namesOf([member])(member.id)} ${member.health.word.toLowerCase()}`);
  if (some.length <= NAMED_MAX) return words(some).join(", ");
  const ill = some.filter((member) => member.health.state !== "healthy");
  const rest = ill.length > NAMED_MAX ? [...words(ill.slice(0, NAMED_MAX)), "..."] : words(ill);
  return [`${plural(some.length - ill.length, role)} healthy`, ...rest].join(", ");
}

/** Six plain lines for an incident channel: state and since, leader and term, members, last change, source, UTC time. */
export function copySummary(input: CopySummaryInput): string {
  const { status, description, now } = input;
  const since =
    input.stateSince === null
      ? ""
      : ` Since ${formatUtc(input.stateSince)} (${formatDuration(now - input.stateSince)}).`;
  const last = input.lastChange && `${input.lastChange.words}, ${formatUtc(input.lastChange.time)}`;
  const index = status === undefined ? "" : ` (index ${status.committedIndex})`;
  const known = input.live ? "" : "Last known: ";
  const age = input.dataAgeMs === null ? "no data yet" : `data ${formatSourceAge(input.dataAgeMs)}`;
  return [
    `${input.cluster}: ${description.sentence}${since}`,
    status === undefined ? "Leader not known" : `${known}${describeFacts(status, description).leader}`,
    status === undefined
      ? "Members not known"
      : `${known}Voters: ${members(status.members, "voter")}; learners: ${members(status.members, "learner")}`,
    `Last change: ${last ?? "none seen"}${index}`,
    `Source: ${input.source}, ${age}`,
    `At ${formatUtc(now)}`,
  ].join("\n");
}
