import type { CommandedChange, NameOf } from "./words";

/** Quotes an argument for a POSIX shell where it needs it. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * The shell command that does the same as a dialog, fenced alike: "rollcall promote n4 --if-match e1:56". `etag` is the view
 * the operator sees, quoted or bare.
 */
export function commandFor(change: CommandedChange, etag: string, nameOf: NameOf): string {
  const words = ["rollcall", change.kind];
  if (change.kind === "add-learner") {
    if (change.start === "local") words.push("--here");
    words.push("--id", change.id);
    if (change.address !== undefined) words.push("--address", change.address);
    if (change.name !== undefined) words.push("--name", change.name);
  } else {
    const name = nameOf(change.id);
    words.push(name.startsWith("id ") ? change.id : name);
  }
  if (change.kind === "remove" && change.stopProcess === true) words.push("--stop-process");
  words.push("--if-match", etag.replaceAll('"', ""));
  return words.map(shellWord).join(" ");
}
