import { nearest } from "../config/nearest";
import { parseArguments } from "./arguments";
import { demote, promote, remove, transfer } from "./change_commands";
import { checkConfig } from "./check_config";
import type { Command, Surroundings } from "./command";
import { down } from "./down";
import { type ExitCode, exitCodes } from "./exit_codes";
import { commandHelp, programHelp } from "./help";
import { addLearner, updatePeerUrls } from "./learner_commands";
import { members } from "./members";
import { node } from "./node";
import { plan } from "./plan";
import { replace } from "./plan_commands";
import { serve } from "./serve";
import { up } from "./up";
import { watch } from "./watch";

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  up,
  down,
  members,
  watch,
  addLearner,
  promote,
  demote,
  remove,
  replace,
  transfer,
  updatePeerUrls,
  node,
  plan,
  serve,
  checkConfig,
];

/** Runs the command that the words ask for, to its exit code. */
export async function runProgram(words: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const { out, err } = surroundings;
  const [name, ...rest] = words;
  if (name === undefined) {
    err(programHelp(commands));
    return exitCodes.usage;
  }
  if (name === "--help" || name === "-h" || name === "help") {
    const topic = commands.find((command) => command.name === rest[0]);
    out(topic === undefined ? programHelp(commands) : commandHelp(topic));
    return exitCodes.done;
  }
  if (name === "--version" || name === "-V") {
    out(`rollcall ${surroundings.version}\n`);
    return exitCodes.done;
  }
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) {
    err(`${unknownCommand(name)}\nrollcall --help lists the commands.\n`);
    return exitCodes.usage;
  }
  const parsed = parseArguments(command, rest, surroundings.env);
  if (parsed === "help") {
    out(commandHelp(command));
    return exitCodes.done;
  }
  if ("usage" in parsed) {
    err(`${parsed.usage}\nrollcall ${command.name} --help tells more.\n`);
    return exitCodes.usage;
  }
  return command.run(parsed, surroundings);
}

function unknownCommand(name: string): string {
  if (name.startsWith("-")) return `The command comes first, then its flags; ${name} is no command.`;
  const like = nearest(
    name,
    commands.map((command) => command.name),
  );
  return `There is no command ${JSON.stringify(name)}${like === undefined ? "." : `; did you mean ${like}?`}`;
}
