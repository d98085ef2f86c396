import type { HistoryEntry } from "./api";
import type { ChangeKind } from "./status";
import { listWords, type NameOf } from "./words";

/** The actor of a change that a console saw and did not make. */
export const MADE_ELSEWHERE = "made elsewhere";

const changeWords: Record<ChangeKind | "update-address", string> = {
  "add-learner": "joined as learner",
  promote: "promoted to voter",
  demote: "demoted to learner",
  remove: "removed",
  joint: "changed",
  "update-address": "given other peer URLs",
};

const outcomeWords = { refused: "Refused", rejected: "Not applied", unknown: "Outcome unknown" } as const;

/** An entry of the durable history as one line, e.g. "n4 removed", "Cluster created: n1 n2 n3", "Not applied: promote n4 (fence lost)". */
export function describeHistory(entry: HistoryEntry, nameOf: NameOf): string {
  const names = new Map(entry.changes.map((change) => [change.id, change.name]));
  const name: NameOf = (id) => names.get(id) || nameOf(id);
  const changes = entry.changes.map((change) => `${name(change.id)} ${changeWords[change.kind]}`).join(", ");
  if (entry.outcome !== "applied") {
    const what = entry.changes.map((change) => `${verbOf(entry, change)} ${name(change.id)}`).join(", ");
    return `${outcomeWords[entry.outcome]}: ${what || entry.kind}${reasonWords(entry.reason)}`;
  }
  switch (entry.kind) {
    case "created":
      return `Cluster created: ${entry.members.map(name).join(" ")}`;
    case "leave-joint":
      return `Joint configuration left: ${listWords(entry.members.map(name), "and")} vote`;
    case "transfer":
      return `Leadership transferred to ${listWords([...names.keys()].map(name), "and") || "another voter"}`;
    default:
      return changes === "" ? "No difference" : `${changes}${entry.forced === true ? " (forced)" : ""}`;
  }
}

/** What was to be done to a member, as a verb. */
function verbOf({ kind }: HistoryEntry, change: HistoryEntry["changes"][number]): string {
  return kind === "transfer" ? "transfer leadership to" : change.kind;
}

/** A sentence follows as one, a clause in brackets. */
function reasonWords(reason: string): string {
  if (reason === "") return "";
  return reason.endsWith(".") ? `. ${reason}` : ` (${reason})`;
}
