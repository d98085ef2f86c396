import { ConfChangeCommands } from "./confchange_commands";
import { type Directive, type FormatError, parseScenario, UsageError } from "./datadriven";
import { InteractionCommands } from "./interaction_commands";
import { type Commands, QuorumCommands } from "./quorum_commands";

/** A kind of scenario file: its commands, and what of their output is compared. */
export interface ScenarioKind {
  readonly name: "quorum" | "confchange" | "interaction";
  readonly commands: ReadonlySet<string>;
  readonly create: () => Commands;
  /** Lines of the core's narrative are left out of the comparison. */
  readonly ignoresNarrative: boolean;
}

const KINDS: readonly ScenarioKind[] = [
  {
    name: "quorum",
    commands: QuorumCommands.names,
    create: () => new QuorumCommands(),
    ignoresNarrative: false,
  },
  {
    name: "confchange",
    commands: ConfChangeCommands.names,
    create: () => new ConfChangeCommands(),
    ignoresNarrative: false,
  },
  {
    name: "interaction",
    commands: InteractionCommands.names,
    create: () => new InteractionCommands(),
    ignoresNarrative: true,
  },
];

/** How one command came out. `expected` and `actual` are what was compared. */
export interface CommandResult {
  readonly directive: Directive;
  readonly passed: boolean;
  readonly expected: string;
  readonly actual: string;
}

/** A file that was replayed; `kind` is undefined when none of its commands is known. */
export interface Replay {
  readonly file: string;
  readonly kind: ScenarioKind["name"] | undefined;
  readonly results: readonly CommandResult[];
}

/** Replays one scenario file. Its kind follows from its commands; state carries from one to the next. */
export function replayScenario(file: string, text: string): Replay | FormatError {
  const directives = parseScenario(file, text);
  if ("kind" in directives) return directives;
  const kind = KINDS.find((candidate) => directives.some(({ command }) => candidate.commands.has(command)));
  const commands = kind?.create();
  const results = directives.map((directive) => {
    const actual = runDirective(directive, kind, commands);
    const ignoresNarrative = kind?.ignoresNarrative ?? false;
    const expectedText = comparable(directive.expected, ignoresNarrative);
    const actualText = comparable(actual, ignoresNarrative);
    return { directive, passed: expectedText === actualText, expected: expectedText, actual: actualText };
  });
  return { file, kind: kind?.name, results };
}

function runDirective(
  directive: Directive,
  kind: ScenarioKind | undefined,
  commands: Commands | undefined,
): string {
  const place = `${directive.file}:${directive.line}`;
  if (kind === undefined || commands === undefined || !kind.commands.has(directive.command)) {
    return `${place}: unknown command: ${directive.command}`;
  }
  try {
    return commands.run(directive);
  } catch (error) {
    if (error instanceof UsageError) return `${place}: ${error.message}`;
    return `${place}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
}

const NARRATIVE = /^\s*(DEBUG|INFO|WARN|ERROR) /;

/** What of an output is compared: no narrative where it does not count, and "ok" where nothing is left. */
function comparable(output: string, ignoresNarrative: boolean): string {
  const lines = output.split("\n").filter((line) => !ignoresNarrative || !NARRATIVE.test(line));
  const text = lines.join("\n").replace(/\n+$/, "");
  return text === "" && ignoresNarrative ? "ok" : text;
}
