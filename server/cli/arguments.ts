import { parseArgs } from "node:util";
import { nearest } from "../config/nearest";

/** One flag of a command. */
export interface OptionSpec {
  readonly help: string;
  /** What stands for its value in the help, e.g. "PORT"; absent: the flag takes none. */
  readonly value?: string;
  /** Why a value cannot be used, as the end of "--port ..."; undefined: it can. */
  readonly check?: (text: string) => string | undefined;
  /** Shown in the help; applied by the command. */
  readonly fallback?: string;
  /** The environment variable that stands for the flag where it is not given; "1" or "true" for one without a value. */
  readonly env?: string;
}

/** One word a command takes. */
export interface OperandSpec {
  readonly name: string;
  readonly help: string;
  readonly check?: (text: string) => string | undefined;
  /** It may be left out; only the last ones. */
  readonly optional?: true;
}

/** A command's flags and words, as checked. */
export interface Parsed {
  /** Every operand of the command, in order. */
  readonly operands: readonly string[];
  /** Values of the flags that were given. */
  readonly text: Readonly<Record<string, string>>;
  /** Flags without a value that were given. */
  readonly flags: ReadonlySet<string>;
}

/** A command line that cannot be used: what is wrong, naming the flag or word. */
export interface UsageFault {
  readonly usage: string;
}

/** What a command takes: flags by name, and operands in their order. */
export interface Syntax {
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly operands: readonly OperandSpec[];
}

const helpFlags: Readonly<Record<string, { readonly type: "boolean"; readonly short?: string }>> = {
  help: { type: "boolean", short: "h" },
};

/** Reads a command's words; what they leave out may stand in the environment. "help": asked for with --help or -h. */
export function parseArguments(
  syntax: Syntax,
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Parsed | UsageFault | "help" {
  const options = Object.entries(syntax.options).map(
    ([name, spec]) => [name, { type: spec.value === undefined ? "boolean" : "string" } as const] as const,
  );
  const { tokens } = parseArgs({
    args: [...words],
    options: { ...Object.fromEntries(options), ...helpFlags },
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  if (tokens.some((token) => token.kind === "option" && token.name === "help")) return "help";
  const text: Record<string, string> = {};
  const flags = new Set<string>();
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") operands.push(token.value);
    if (token.kind !== "option") continue;
    const fault = takeOption(syntax, token, text, flags);
    if (fault !== undefined) return { usage: fault };
  }
  const fault = takeEnvironment(syntax, env, text, flags) ?? checkOperands(syntax, operands);
  return fault === undefined ? { operands, text, flags } : { usage: fault };
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function takeOption(
  syntax: Syntax,
  token: OptionToken,
  text: Record<string, string>,
  flags: Set<string>,
): string | undefined {
  const { name, rawName, value } = token;
  const spec = Object.hasOwn(syntax.options, name) ? syntax.options[name] : undefined;
  if (spec === undefined) {
    const like = nearest(name, Object.keys(syntax.options));
    return `There is no flag ${rawName}${like === undefined ? "." : `; did you mean --${like}?`}`;
  }
  if (flags.has(name) || Object.hasOwn(text, name)) return `--${name} is given twice.`;
  if (spec.value === undefined) {
    flags.add(name);
    return token.inlineValue === true ? `--${name} takes no value.` : undefined;
  }
  // A flag after a flag is a forgotten value, not a value that looks odd.
  if (value === undefined || value === "" || (token.inlineValue !== true && value.startsWith("-"))) {
    return `--${name} needs a value: --${name} ${spec.value}.`;
  }
  const wrong = spec.check?.(value);
  if (wrong !== undefined) return `--${name} ${wrong}; it was ${JSON.stringify(value)}.`;
  text[name] = value;
  return undefined;
}

/** Flags come before the environment. */
function takeEnvironment(
  syntax: Syntax,
  env: Readonly<Record<string, string | undefined>>,
  text: Record<string, string>,
  flags: Set<string>,
): string | undefined {
  for (const [name, spec] of Object.entries(syntax.options)) {
    const value = spec.env === undefined ? undefined : env[spec.env]?.trim();
    if (value === undefined || value === "" || Object.hasOwn(text, name) || flags.has(name)) continue;
    if (spec.value === undefined) {
      if (!/^(1|true|0|false)$/i.test(value))
        return `${spec.env} must be 1 or 0; it was ${JSON.stringify(value)}.`;
      if (/^(1|true)$/i.test(value)) flags.add(name);
      continue;
    }
    const wrong = spec.check?.(value);
    if (wrong !== undefined) return `${spec.env} ${wrong}; it was ${JSON.stringify(value)}.`;
    text[name] = value;
  }
  return undefined;
}

function checkOperands(syntax: Syntax, operands: readonly string[]): string | undefined {
  for (const [at, spec] of syntax.operands.entries()) {
    const word = operands[at];
    if (word === undefined && spec.optional === true) continue;
    if (word === undefined) return `${spec.name} is missing: ${spec.help}`;
    const wrong = spec.check?.(word);
    if (wrong !== undefined) return `${spec.name} ${wrong}; it was ${JSON.stringify(word)}.`;
  }
  const extra = operands[syntax.operands.length];
  return extra === undefined ? undefined : `${JSON.stringify(extra)} is one word too many.`;
}

/** Checks for a whole number within bounds. */
export function wholeNumber(min: number, max: number): (text: string) => string | undefined {
  return (text) => {
    const value = Number(text);
    const ok = /^\d{1,15}$/.test(text) && value >= min && value <= max;
    return ok ? undefined : `must be a whole number from ${min} to ${max}`;
  };
}
