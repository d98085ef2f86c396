/**
 * What a node process writes down as it happens, one line each, so that the run can judge it after kill -9:
 * `B applied` a boot has replayed, `A index chain` a command was applied, `W index members|learners` a membership was published
 * (or, after a boot, shown at once), `L term leader` it learned who leads, `I index` it installed a snapshot of the leader.
 */
export type TraceRecord =
  | { readonly kind: "boot"; readonly applied: number }
  | { readonly kind: "applied"; readonly index: number; readonly chain: number }
  | { readonly kind: "watched"; readonly index: number; readonly configuration: string }
  | { readonly kind: "installed"; readonly index: number }
  | { readonly kind: "leader"; readonly term: number; readonly leader: number };

/** One line, with its end. */
export function traceLine(record: TraceRecord): string {
  switch (record.kind) {
    case "boot":
      return `B ${record.applied}\n`;
    case "applied":
      return `A ${record.index} ${record.chain}\n`;
    case "watched":
      return `W ${record.index} ${record.configuration}\n`;
    case "installed":
      return `I ${record.index}\n`;
    case "leader":
      return `L ${record.term} ${record.leader}\n`;
  }
}

/** Reads a line back; throws on one that nobody wrote. */
export function parseTraceLine(line: string): TraceRecord {
  const [what, first = "", second = ""] = line.split(" ");
  const number = Number(first);
  switch (what) {
    case "B":
      return { kind: "boot", applied: number };
    case "A":
      return { kind: "applied", index: number, chain: Number(second) };
    case "W":
      return { kind: "watched", index: number, configuration: second };
    case "I":
      return { kind: "installed", index: number };
    case "L":
      return { kind: "leader", term: number, leader: Number(second) };
    default:
      throw new Error(`no trace line: ${line}`);
  }
}
