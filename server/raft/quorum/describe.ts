import { NO_LIMIT, type NodeId } from "../types";
import type { AckedIndex } from "./majority";

/** An index as text; the index of an empty quorum, which holds everything, is ∞. */
export function describeIndex(index: number): string {
  return index === NO_LIMIT ? "∞" : String(index);
}

/**
 * A chart of who holds what, one voter a line, ascending: the bar counts the voters that hold less, "?" marks a voter that
 * never said.
 */
export function describeAcked(voters: readonly NodeId[], acked: AckedIndex): string {
  const count = voters.length;
  if (count === 0) return "<empty majority quorum>";
  const lines = [`${" ".repeat(count)}    idx\n`];
  for (const id of voters) {
    const known = acked(id);
    const index = known ?? 0;
    const below = voters.filter((other) => (acked(other) ?? 0) < index).length;
    const bar = known === undefined ? `?${" ".repeat(count)}` : `${"x".repeat(below)}>`.padEnd(count + 1);
    lines.push(`${bar} ${String(index).padStart(5)}    (id=${id})\n`);
  }
  return lines.join("");
}
