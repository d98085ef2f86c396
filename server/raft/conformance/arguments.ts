import type { NodeId } from "../types";
import { type Argument, UsageError } from "./datadriven";

/** The arguments of one command, read by name or place. What is left unread when the command ends is an error. */
export class Arguments {
  readonly #positional: Argument[];
  readonly #named = new Map<string, Argument>();

  constructor(args: readonly Argument[]) {
    this.#positional = args.filter((arg) => !arg.assigned);
    for (const arg of args) {
      if (!arg.assigned) continue;
      if (this.#named.has(arg.key)) throw new UsageError(`argument "${arg.key}" is given twice`);
      this.#named.set(arg.key, arg);
    }
  }

  /** The next positional argument as it stands. */
  nextText(what: string): string {
    const arg = this.#positional.shift();
    if (arg === undefined) throw new UsageError(`missing argument: ${what}`);
    return arg.key;
  }

  nextNumber(what: string): number {
    return parseNumber(this.nextText(what), what);
  }

  /** All positional arguments that are left, as node ids. */
  restIds(): readonly NodeId[] {
    const ids = this.#positional.map((arg) => parseNumber(arg.key, "a node id"));
    this.#positional.length = 0;
    return ids;
  }

  /** The values of a named argument; undefined when it is not there. */
  values(key: string): readonly string[] | undefined {
    const arg = this.#named.get(key);
    this.#named.delete(key);
    return arg?.values;
  }

  text(key: string): string | undefined {
    const values = this.values(key);
    if (values === undefined) return undefined;
    if (values.length !== 1) throw new UsageError(`argument "${key}" takes one value`);
    return values[0];
  }

  number(key: string): number | undefined {
    const value = this.text(key);
    return value === undefined ? undefined : parseNumber(value, key);
  }

  boolean(key: string): boolean | undefined {
    const value = this.text(key);
    if (value === undefined || value === "true") return value === "true" ? true : undefined;
    if (value === "false") return false;
    throw new UsageError(`argument "${key}" is true or false, not ${value}`);
  }

  ids(key: string): readonly NodeId[] | undefined {
    return this.values(key)?.map((value) => parseNumber(value, key));
  }

  /** A named argument that is one of a few words. */
  choice<T extends string>(key: string, choices: readonly T[]): T | undefined {
    const value = this.text(key);
    if (value === undefined) return undefined;
    const choice = choices.find((candidate) => candidate === value);
    if (choice === undefined)
      throw new UsageError(`argument "${key}" is one of ${choices.join(", ")}, not ${value}`);
    return choice;
  }

  /** Throws when anything was not read: it would be ignored silently otherwise. */
  done(): void {
    const [extra] = [...this.#named.keys(), ...this.#positional.map((arg) => arg.key)];
    if (extra !== undefined) throw new UsageError(`unknown argument: ${extra}`);
  }
}

function parseNumber(text: string, what: string): number {
  if (!/^\d+$/.test(text)) throw new UsageError(`${what} must be a number, not ${text}`);
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new UsageError(`${what} is too large: ${text}`);
  return value;
}
