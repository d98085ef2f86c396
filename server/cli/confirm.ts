import type { Assessment } from "../../protocol/assess";
import type { Parsed } from "./arguments";
import type { Surroundings } from "./command";
import { renderTable } from "./table";

/** Whether to go on. "no": the operator declined, or what was asked for was not given. */
export type Answer = "yes" | "no";

/** A change in lines: before and after, whether it can commit, whether the result is safe, what else to know. */
function describeAssessment(assessment: Assessment): string {
  const { before, after, canCommit, safe, dialog, notes } = assessment;
  const row = (name: string, key: keyof typeof before) => [name, String(before[key]), String(after[key])];
  const table = renderTable([
    ["", "now", "after"],
    row("Voters", "voters"),
    row("Quorum", "quorum"),
    row("Healthy", "healthy"),
    row("Can lose", "canLose"),
  ]);
  const lines = [dialog.title];
  if (dialog.lead !== undefined) lines.push(dialog.lead);
  lines.push(
    "",
    table,
    "",
    `Can it commit now?   ${canCommit.sentence}`,
    `Is the result safe?  ${safe.sentence}`,
  );
  lines.push(...notes);
  return `${lines.join("\n")}\n`;
}

/**
 * Asks as much as the change deserves: nothing where nobody sits at a terminal; yes or no; or the name, typed. A change that would
 * be refused is not sent.
 */
export async function confirm(
  assessment: Assessment,
  parsed: Parsed,
  surroundings: Surroundings,
): Promise<Answer> {
  const { ask, err } = surroundings;
  const { risk, refusal, force, typeName, dialog } = assessment;
  if (parsed.flags.has("force") && refusal !== undefined && force !== undefined) {
    if (parsed.text.confirm === force.typeName) return "yes";
    if (ask === undefined) {
      err(`${refusal.sentence} To force it, add --confirm ${force.typeName}. Nothing was done.\n`);
      return "no";
    }
    err(`${describeAssessment(assessment)}\n${refusal.sentence} ${force.sentence}\n`);
    return typedName(force.typeName, `Type ${force.typeName} to force it: `, surroundings);
  }
  if (ask === undefined) return "yes";
  if (refusal !== undefined) {
    err(`${describeAssessment(assessment)}\n${refusal.sentence} Nothing was done.\n`);
    return "no";
  }
  if (risk === "type-name" && typeName !== undefined) {
    if (parsed.text.confirm === typeName) return "yes";
    err(describeAssessment(assessment));
    return typedName(typeName, `Type ${typeName} to go on: `, surroundings);
  }
  if (parsed.flags.has("yes")) return "yes";
  err(describeAssessment(assessment));
  return yesOrNo(`${dialog.primary}? [y/N] `, surroundings);
}

async function typedName(name: string, question: string, { ask, err }: Surroundings): Promise<Answer> {
  const typed = await ask?.(question);
  if (typed === name) return "yes";
  err(
    typed === undefined || typed === "" ? "Nothing was done.\n" : `That is not ${name}; nothing was done.\n`,
  );
  return "no";
}

/** Asks a yes-or-no question; anything but yes is no. */
export async function yesOrNo(question: string, surroundings: Surroundings): Promise<Answer> {
  const typed = await surroundings.ask?.(question);
  if (/^y(es)?$/i.test(typed ?? "")) return "yes";
  surroundings.err("Nothing was done.\n");
  return "no";
}
