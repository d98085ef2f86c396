/**
 * The format of scenario files: a command line, input lines, a line "----", the expected output up to a blank line - or,
 * when the output has blank lines itself, between two pairs of "----". Lines that start with "#" between commands are
 * comments; a backslash at the end of a command line continues it.
 */

/** `key`, `key=value` or `key=(value, value)`. */
export interface Argument {
  readonly key: string;
  readonly values: readonly string[];
  /** There was a "=", also when no value follows. */
  readonly assigned: boolean;
}

/** One command of a scenario file with what it must print. Lines count from 1. */
export interface Directive {
  readonly file: string;
  readonly line: number;
  readonly command: string;
  readonly args: readonly Argument[];
  readonly input: string;
  readonly expected: string;
  /** The lines [from, to) of the file that hold the expected output, counted from 0. */
  readonly expectedLines: readonly [from: number, to: number];
}

/** A file that does not follow the format. */
export interface FormatError {
  readonly kind: "format-error";
  readonly file: string;
  readonly line: number;
  readonly detail: string;
}

/** A command that is used wrongly: reported with the file and line of the command. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const SEPARATOR = "----";

/** All commands of a file, in order, or its first fault. */
export function parseScenario(file: string, text: string): readonly Directive[] | FormatError {
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  const directives: Directive[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? "";
    if (line.trim() === "" || line.trimStart().startsWith("#")) {
      at++;
      continue;
    }
    const directive = parseDirective(file, lines, at);
    if ("kind" in directive) return directive;
    if (directive.command !== "subtest") directives.push(directive);
    at = directive.next;
  }
  return directives;
}

function parseDirective(
  file: string,
  lines: readonly string[],
  start: number,
): (Directive & { next: number }) | FormatError {
  const fault = (detail: string): FormatError => ({ kind: "format-error", file, line: start + 1, detail });
  let at = start;
  let commandLine = lines[at++] ?? "";
  while (commandLine.endsWith("\\") && at < lines.length) {
    commandLine = `${commandLine.slice(0, -1).trimEnd()} ${(lines[at++] ?? "").trim()}`;
  }
  const parsed = parseCommandLine(commandLine);
  if (typeof parsed === "string") return fault(parsed);
  if (parsed.command === "subtest") {
    return { file, line: start + 1, ...parsed, input: "", expected: "", expectedLines: [at, at], next: at };
  }
  const input: string[] = [];
  while (at < lines.length && lines[at] !== SEPARATOR) input.push(lines[at++] ?? "");
  if (at >= lines.length) return fault(`"${parsed.command}" is not followed by "${SEPARATOR}"`);
  at++;
  const long = lines[at] === SEPARATOR;
  if (long) at++;
  const from = at;
  const atEnd = long
    ? () => lines[at] === SEPARATOR && lines[at + 1] === SEPARATOR
    : () => (lines[at] ?? "").trim() === "";
  while (at < lines.length && !atEnd()) at++;
  if (long && at >= lines.length) return fault(`the output of "${parsed.command}" has no end`);
  const expected = lines.slice(from, at).join("\n");
  return {
    file,
    line: start + 1,
    ...parsed,
    input: input.join("\n"),
    expected,
    expectedLines: [from, at],
    next: long ? at + 2 : at,
  };
}

/** Splits a command line at spaces outside parentheses; a fault as text. */
export function parseCommandLine(
  line: string,
): { readonly command: string; readonly args: readonly Argument[] } | string {
  const tokens: string[] = [];
  let depth = 0;
  let token = "";
  for (const character of line.trim()) {
    if (character === "(") depth++;
    if (character === ")") depth--;
    if (depth < 0) return 'a ")" without a "("';
    if (depth === 0 && (character === " " || character === "\t")) {
      if (token !== "") tokens.push(token);
      token = "";
    } else token += character;
  }
  if (depth !== 0) return 'a "(" without a ")"';
  if (token !== "") tokens.push(token);
  const [command, ...rest] = tokens;
  return { command: command ?? "", args: rest.map(parseArgument) };
}

function parseArgument(token: string): Argument {
  const equals = token.indexOf("=");
  if (equals <= 0) return { key: token, values: [], assigned: false };
  const key = token.slice(0, equals);
  const value = token.slice(equals + 1);
  if (!value.startsWith("(") || !value.endsWith(")")) return { key, values: [value], assigned: true };
  const inner = value.slice(1, -1);
  const values = inner
    .split(inner.includes(",") ? "," : /\s+/)
    .map((part) => part.trim())
    .filter((part) => part !== "");
  return { key, values, assigned: true };
}
