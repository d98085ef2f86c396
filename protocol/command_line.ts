import type { CreatePlanBody } from "./api";
import { idWords } from "./member_ids";
import type { MemberId } from "./membership";
import type { CommandedChange, NameOf } from "./words";

/** Quotes an argument for a POSIX shell where it needs it. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** What the command is called, where it is not called as the change is. */
const commandNames: Partial<Record<CommandedChange["kind"], string>> = {
  "update-address": "update-peer-urls",
};

/** Where a command is to be sent: a console, and the cluster where it has several. */
export interface CommandTarget {
  readonly console: string;
  readonly cluster: string;
}

/**
 * The shell command that does the same as a dialog, fenced alike: "rollcall promote n4 --if-match e1:56". `etag` is the view
 * the operator sees, quoted or bare. `at`: where it is not plain which console is meant.
 */
export function commandFor(
  change: CommandedChange,
  etag: string,
  nameOf: NameOf,
  at?: CommandTarget,
): string {
  const words = ["rollcall", commandNames[change.kind] ?? change.kind];
  if (change.kind === "add-learner") words.push(...learnerWords(change));
  else words.push(wordFor(change.id, nameOf));
  if (change.kind === "update-address") words.push("--peer-urls", change.peerUrls.join(","));
  if (change.kind === "remove" && change.stopProcess === true) words.push("--stop-process");
  if ("force" in change && change.force === true) words.push("--force");
  words.push("--if-match", etag.replaceAll('"', ""), ...targetWords(at));
  return words.map(shellWord).join(" ");
}

function learnerWords(change: Extract<CommandedChange, { kind: "add-learner" }>): string[] {
  const words: string[] = [];
  if (change.start === "local") words.push("--here");
  if (change.assigned !== true) words.push("--id", change.id);
  if (change.peerUrls !== undefined) words.push("--peer-urls", change.peerUrls.join(","));
  else if (change.address !== undefined) words.push("--address", change.address);
  if (change.name !== undefined) words.push("--name", change.name);
  if (change.learnerKind !== undefined) words.push("--kind", change.learnerKind);
  return words;
}

function targetWords(at: CommandTarget | undefined): string[] {
  return at === undefined ? [] : ["--console", at.console, "--cluster", at.cluster];
}

/** A member as the command line takes it: by name, by id where nobody told one. */
function wordFor(id: MemberId, nameOf: NameOf): string {
  const name = nameOf(id);
  return name.startsWith("id ") ? idWords(id) : name;
}

/** The shell command that replaces a voter by a node that the console's machine starts: "rollcall replace n3 --here". */
export function commandForReplaceHere(target: MemberId, nameOf: NameOf, at?: CommandTarget): string {
  const words = ["rollcall", "replace", wordFor(target, nameOf), "--here", ...targetWords(at)];
  return words.map(shellWord).join(" ");
}

/**
 * The shell commands that replace a voter by a node still to be added, as the dialog does it: the learner first, fenced, then the
 * plan. "rollcall add-learner --id 4 --address 10.0.0.4:7500 --name n4 --if-match e1:56 && rollcall replace n3 --with 4".
 */
export function commandForReplaceByNew(
  target: MemberId,
  addition: Extract<CommandedChange, { kind: "add-learner" }>,
  etag: string,
  nameOf: NameOf,
  at?: CommandTarget,
): string {
  const plan = { kind: "replace", target, learner: addition.id } as const;
  return `${commandFor(addition, etag, nameOf, at)} && ${commandForPlan(plan, nameOf, at)}`;
}

/**
 * The shell command that makes the same guided plan: "rollcall replace n3 --with n4", "rollcall promote n4 --when-caught-up",
 * "rollcall replace n3 --name n4 --peer-urls http://10.0.0.4:2380".
 */
export function commandForPlan(plan: CreatePlanBody, nameOf: NameOf, at?: CommandTarget): string {
  return ["rollcall", ...planWordsOf(plan, nameOf), ...targetWords(at)].map(shellWord).join(" ");
}

function planWordsOf(plan: CreatePlanBody, nameOf: NameOf): string[] {
  switch (plan.kind) {
    case "promote":
      return ["promote", wordFor(plan.learner, nameOf), "--when-caught-up"];
    case "add-learner":
      return ["add-learner", ...newcomerWords(plan), "--when-room"];
    case "replace": {
      const by = plan.learner === undefined ? newcomerWords(plan) : ["--with", wordFor(plan.learner, nameOf)];
      return ["replace", wordFor(plan.target, nameOf), ...by];
    }
  }
}

function newcomerWords({
  name = "",
  peerUrls = [],
}: {
  name?: string;
  peerUrls?: readonly string[];
}): string[] {
  return ["--name", name, "--peer-urls", peerUrls.join(",")];
}
