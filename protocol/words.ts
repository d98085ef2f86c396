import type { MemberChange } from "./api";
import { idWords } from "./member_ids";
import type { MemberId } from "./membership";
import type { ChangeInProgress, MemberStatus } from "./status";

/** Turns a member's id into what the operator reads. */
export type NameOf = (id: MemberId) => string;

/** Names members by their own records, then by `known` (e.g. of members that left); "id 4" where nobody told a name. */
export function namesOf(
  members: readonly Pick<MemberStatus, "id" | "name">[],
  known: Readonly<Record<MemberId, string>> = {},
): NameOf {
  let names = namesIn.get(members);
  if (names === undefined) {
    names = new Map(members.map((member) => [member.id, member.name]));
    namesIn.set(members, names);
  }
  const given = names;
  return (id) => given.get(id) || known[id] || `id ${idWords(id)}`;
}

/** Names worked out once for each list of members. */
const namesIn = new WeakMap<readonly object[], ReadonlyMap<MemberId, string>>();

/** A whole number with thousands separators: 41200 -> "41,200". */
export function formatCount(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A duration: "12 s", "1 min 12 s", from ten minutes on "22 min", then "3 h 5 min", "2 d 4 h". Rounded down; never negative. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return twoUnits(minutes, "min", seconds % 60, "s");
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return twoUnits(hours, "h", minutes % 60, "min");
  return twoUnits(Math.floor(hours / 24), "d", hours % 24, "h");
}

function twoUnits(major: number, majorUnit: string, minor: number, minorUnit: string): string {
  return minor === 0 ? `${major} ${majorUnit}` : `${major} ${majorUnit} ${minor} ${minorUnit}`;
}

/** The age of a fact: "now" below 2 s, then a duration; "never" for null. */
export function formatAge(ms: number | null): string {
  if (ms === null) return "never";
  return ms < 2000 ? "now" : formatDuration(ms);
}

/** The age of a fact in a sentence: "just now" below 2 s, then "22 min ago". */
export function formatAgo(ms: number): string {
  return ms < 2000 ? "just now" : `${formatDuration(ms)} ago`;
}

/** The age of a source with tenths below 10 s: "0.4 s ago". */
export function formatSourceAge(ms: number): string {
  if (ms >= 10_000) return `${formatDuration(ms)} ago`;
  return `${(Math.max(0, Math.floor(ms / 100)) / 10).toFixed(1)} s ago`;
}

/** A count with its noun: plural(1, "voter") -> "1 voter", plural(2, "voter") -> "2 voters". */
export function plural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : nouns}`;
}

/** "n1", "n1 or n2", "n1, n2 or n3". */
export function listWords(items: readonly string[], conjunction: "or" | "and"): string {
  const last = items.at(-1);
  if (last === undefined) return "";
  return items.length === 1 ? last : `${items.slice(0, -1).join(", ")} ${conjunction} ${last}`;
}

type Zone = "local" | "UTC";

/** As ISO 8601 writes it, by the clock on the wall. Of the system's own formatters the first costs a page a dozen milliseconds. */
function wallTime(time: number, zone: Zone): string {
  const date = new Date(time);
  const offsetMs = zone === "UTC" ? 0 : date.getTimezoneOffset() * 60_000;
  return new Date(time - offsetMs).toISOString();
}

/** Wall-clock time of the day, "03:07:41". */
export function formatClock(time: number, zone: Zone = "local"): string {
  return wallTime(time, zone).slice(11, 19);
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Day and wall-clock time, "14 Mar 03:07:41". */
export function formatDay(time: number, zone: Zone = "local"): string {
  const iso = wallTime(time, zone);
  return `${iso.slice(8, 10)} ${months[Number(iso.slice(5, 7)) - 1]} ${iso.slice(11, 19)}`;
}

/** "2026-03-14 03:07:41 UTC", for hovering and for summaries. */
export function formatUtc(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

const smallNumbers = ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];

/** A count that begins a sentence: "Two"; digits from ten on. */
export function countWord(count: number): string {
  return smallNumbers[count] ?? formatCount(count);
}

const changeVerbs: Record<ChangeInProgress["kind"], string> = {
  "add-learner": "add learner",
  promote: "promote",
  demote: "demote",
  remove: "remove",
  joint: "change",
};

/** The change under way: "Change in progress: add learner n5, by root, 3 s." */
export function busySentence(change: ChangeInProgress, nameOf: NameOf, elapsedMs = 0): string {
  const whom = listWords(change.members.map(nameOf), "and");
  const what = whom === "" ? changeVerbs[change.kind] : `${changeVerbs[change.kind]} ${whom}`;
  return `Change in progress: ${what}, by ${change.actor}, ${formatDuration(change.sinceMs + elapsedMs)}.`;
}

/** Why nothing can be changed while quorum is lost. */
export const NO_QUORUM = "No quorum: no change can commit.";
/** Why nothing can be changed while nobody leads. */
export const NO_LEADER = "No leader: no change can commit.";
/** Why nothing is changed while too few voters could be asked. */
export const NOT_ENOUGH_HEARD = "Not enough voters heard from: no change may commit.";
/** A request that certainly had no effect. */
export const NOT_APPLIED = "Not applied.";
/** A request whose outcome this console will never learn. */
export const NOT_KNOWN_HERE =
  "Outcome unknown - this node was removed and cannot tell. The history at another node's console does.";

/** A request whose outcome became known: "Applied at index 58." */
export function appliedSentence(index: number): string {
  return `Applied at index ${index}.`;
}

/** "Outcome unknown - watching. Promoting n4 may have been applied. Do not repeat it." */
export function outcomeUnknownSentence(doing: string): string {
  return `Outcome unknown - watching. ${doing} may have been applied. Do not repeat it.`;
}

/** A lost fence: what happened since index `since`, in words such as "n5 joined as learner". */
export function fenceLostSentence(since: number, changes: readonly string[], index: number): string {
  const what = changes.length === 0 ? "the membership index moved on" : changes.join(", ");
  return `The cluster changed while you were reading; nothing was done. Since ${since}: ${what} (${index}).`;
}

/**
 * A change of the operator, or what else a dialog does. `start`: this machine starts the learner. `stopProcess`: where this machine
 * runs the removed member's process, it is stopped. `force`: although it loses quorum. `assigned`: the cluster picks the id; the one here stands for it.
 */
export type CommandedChange =
  | (MemberChange & {
      readonly start?: "local";
      readonly stopProcess?: boolean;
      readonly force?: boolean;
      readonly assigned?: boolean;
      readonly peerUrls?: readonly string[];
      readonly learnerKind?: "promotable" | "read-only";
    })
  | { readonly kind: "update-address"; readonly id: MemberId; readonly peerUrls: readonly string[] }
  | { readonly kind: "transfer"; readonly id: MemberId };

/** What is being done, as the subject of a sentence: "Promoting n4". */
export function doingWords(change: CommandedChange, nameOf: NameOf): string {
  const name = (change.kind === "add-learner" && change.name) || nameOf(change.id);
  switch (change.kind) {
    case "add-learner":
      return `Adding learner ${name}`;
    case "promote":
      return `Promoting ${name}`;
    case "demote":
      return `Demoting ${name}`;
    case "remove":
      return `Removing ${name}`;
    case "update-address":
      return `Updating the peer URLs of ${name}`;
    case "transfer":
      return `Transferring leadership to ${name}`;
  }
}

/** What stands for several changes in one line: "5 changes merged"; undefined where none was skipped. `skipped`: snapshots never seen. */
export function mergedWords(skipped: number): string | undefined {
  return skipped > 0 ? `${formatCount(skipped + 1)} changes merged` : undefined;
}
