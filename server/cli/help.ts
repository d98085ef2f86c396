import type { Command } from "./command";

const width = 100;

/** The help of the whole program. */
export function programHelp(commands: readonly Command[]): string {
  const pad = Math.max(...commands.map((command) => command.name.length)) + 2;
  return [
    "Rollcall: a live membership console for Raft clusters.",
    "",
    "Usage: rollcall COMMAND [flags]",
    "",
    "Commands:",
    ...commands.map((command) => `  ${command.name.padEnd(pad)}${command.summary}`),
    "",
    "rollcall COMMAND --help tells more. The quickest start: rollcall up",
    "",
    exitHelp,
    "",
  ].join("\n");
}

/** The help of one command. */
export function commandHelp(command: Command): string {
  const operands = command.operands
    .map(({ name, optional }) => (optional === true ? ` [${name}]` : ` ${name}`))
    .join("");
  const flags = Object.entries(command.options).map(([name, spec]) => {
    const fallback = spec.fallback === undefined ? "" : ` (default: ${spec.fallback})`;
    const env = spec.env === undefined ? "" : ` [${spec.env}]`;
    return [
      `--${name}${spec.value === undefined ? "" : ` ${spec.value}`}`,
      `${spec.help}${fallback}${env}`,
    ] as const;
  });
  flags.push(["--help, -h", "Show this."]);
  const pad =
    Math.max(...flags.map(([flag]) => flag.length), ...command.operands.map((o) => o.name.length)) + 2;
  const row = ([left, right]: readonly [string, string]) =>
    wrap(right, width - pad - 2)
      .map((line, at) => `  ${(at === 0 ? left : "").padEnd(pad)}${line}`)
      .join("\n");
  const lines = [`Usage: rollcall ${command.name}${operands} [flags]`, ""];
  for (const paragraph of command.description) lines.push(...wrap(paragraph, width), "");
  if (command.operands.length > 0) {
    lines.push(...command.operands.map((operand) => row([operand.name, operand.help])), "");
  }
  lines.push("Flags:", ...flags.map(row), "");
  if (command.examples.length > 0) {
    lines.push("Examples:", ...command.examples.map((example) => `  ${example}`), "");
  }
  lines.push(exitHelp, "");
  return lines.join("\n");
}

const exitHelp = [
  "Exit codes: 0 done; 1 refused or failed; 2 wrong command line; 3 outcome unknown, it could not be",
  "settled; 4 no console answered.",
].join("\n");

function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
