import type { ConfigFault, SettingSource } from "./config_fault";
import { hostSchema, originSchema } from "./config_schema";
import type { Environment } from "./credentials";

/** What settings are made of: the command line, the environment and a file, the former before the latter. */
export interface SettingInputs {
  /** Flags with a value, and flags without. */
  readonly text: Readonly<Record<string, string>>;
  readonly flags: ReadonlySet<string>;
  readonly env: Environment;
  readonly cwd: string;
  /** ms since 1970, for the dates of certificates. */
  readonly now: number;
}

/** A setting given outside of any file. */
export interface Given {
  readonly text: string;
  readonly source: SettingSource;
}

/** Settings of the command line and, where it says nothing, of the environment. */
export interface GivenSettings {
  /** The flag's value, else that of its variable; undefined: neither is given. */
  text(name: string): Given | undefined;
  /** A flag without a value; its variable is 1, true, 0 or false. */
  flag(name: string): boolean | undefined;
  /** Values separated by commas. */
  list(name: string): readonly string[] | undefined;
  readonly faults: readonly ConfigFault[];
}

/** The variable that stands for a flag: --data-dir is ROLLCALL_DATA_DIR. */
export function variableOf(flag: string): string {
  return `ROLLCALL_${flag.toUpperCase().replaceAll("-", "_")}`;
}

const booleans: Readonly<Record<string, boolean>> = { "1": true, true: true, "0": false, false: false };

/** Looks what flags and environment say. */
export function given({ text, flags, env }: SettingInputs): GivenSettings {
  const find = (name: string): Given | undefined => {
    const value = text[name];
    if (value !== undefined) return { text: value, source: { kind: "flag", name } };
    const variable = variableOf(name);
    const found = env[variable];
    if (found === undefined || found === "") return undefined;
    return { text: found, source: { kind: "environment", name: variable } };
  };
  const list = (name: string) =>
    find(name)
      ?.text.split(",")
      .map((part) => part.trim());
  const faults: ConfigFault[] = [];
  const complain = (name: string, message: string, mend: string) => {
    const source = find(name)?.source ?? { kind: "environment", name: variableOf(name) };
    faults.push({ severity: "error", source, message, mend });
  };
  const readOnly = env[variableOf("read-only")];
  if (readOnly !== undefined && readOnly !== "" && !Object.hasOwn(booleans, readOnly)) {
    complain("read-only", `It is ${JSON.stringify(readOnly)}.`, "Set it to 1 or 0.");
  }
  const port = find("port");
  if (
    port !== undefined &&
    !(/^\d{1,5}$/.test(port.text) && Number(port.text) >= 1 && Number(port.text) <= 65_535)
  ) {
    complain(
      "port",
      `A port is 1 to 65535; it is ${JSON.stringify(port.text)}.`,
      "Take a port such as 7400.",
    );
  }
  for (const [name, schema] of [
    ["trusted-origins", originSchema],
    ["trusted-hosts", hostSchema],
  ] as const) {
    for (const value of list(name) ?? []) {
      const message = schema.safeParse(value).error?.issues[0]?.message;
      if (message !== undefined)
        complain(name, `${JSON.stringify(value)}: ${message}.`, "Separate several by commas.");
    }
  }
  return {
    text: find,
    list,
    flag: (name) => {
      if (flags.has(name)) return true;
      const value = env[variableOf(name)] ?? "";
      return Object.hasOwn(booleans, value) ? booleans[value] : undefined;
    },
    faults,
  };
}
