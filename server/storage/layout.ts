/** Names of the files of a log: numbered, ascending, never used twice. */
const NUMBERED = /^(\d{10,16})\.(log|snapshot)$/;
const DIGITS = 10;

/** A segment of the log, or a snapshot. */
export type NumberedFile = { readonly kind: "log" | "snapshot"; readonly number: number };

/** Ends the name of a file that is not yet what it will be; such files are removed when the directory is opened. */
export const UNFINISHED_SUFFIX = ".unfinished";

/** The name of a file of the log. */
export function numberedName({ kind, number }: NumberedFile): string {
  return `${String(number).padStart(DIGITS, "0")}.${kind}`;
}

/** Where the segment of this number lies. */
export function segmentPath(directory: string, number: number): string {
  return `${directory}/${numberedName({ kind: "log", number })}`;
}

/** Where the snapshot of this number lies. */
export function snapshotPath(directory: string, number: number): string {
  return `${directory}/${numberedName({ kind: "snapshot", number })}`;
}

/** What a name in the directory stands for; undefined: nothing of the log's. */
export function parseNumberedFile(name: string): NumberedFile | undefined {
  const match = NUMBERED.exec(name);
  if (match === null) return undefined;
  return { kind: match[2] === "log" ? "log" : "snapshot", number: Number(match[1]) };
}
