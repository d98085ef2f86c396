import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Role } from "../../protocol/access";
import { memberNameSchema } from "../../protocol/api";
import type { Credential } from "../gateway/access";
import { systemReason } from "../local/durable_file";
import type { OptionSpec, Parsed } from "./arguments";
import type { Surroundings } from "./command";

/** A token that could be guessed is none. */
const TOKEN_CHARACTERS_MIN = 20;

/** What a console serves, whom, and where. */
export interface ConsoleSettings {
  readonly readOnly: boolean;
  readonly allowUnsafe: boolean;
  readonly credentials: readonly Credential[];
  readonly publicUrl?: string;
  readonly basePath?: string;
}

/** Where `rollcall up` keeps a cluster, and `rollcall down` finds it. */
export const localDataDir: OptionSpec = {
  value: "DIR",
  help: "Where plan and data are kept.",
  fallback: ".rollcall",
  env: "ROLLCALL_DATA_DIR",
};

/** Flags of every command that serves a console. */
export const consoleOptions: Readonly<Record<string, OptionSpec>> = {
  "read-only": { help: "The console shows everything and changes nothing.", env: "ROLLCALL_READ_ONLY" },
  "allow-unsafe-changes": {
    help: "Operators may force a change that loses quorum: its name typed, and recorded.",
    env: "ROLLCALL_ALLOW_UNSAFE_CHANGES",
  },
  "operator-token-file": {
    value: "FILE",
    help: "Tokens of operators, one a line, each with a name before it if you like. From then on a token is needed.",
    fallback: "ROLLCALL_OPERATOR_TOKEN",
    env: "ROLLCALL_OPERATOR_TOKEN_FILE",
  },
  "viewer-token-file": {
    value: "FILE",
    help: "Tokens of viewers, who see everything and change nothing.",
    fallback: "ROLLCALL_VIEWER_TOKEN",
    env: "ROLLCALL_VIEWER_TOKEN_FILE",
  },
  "public-url": {
    value: "URL",
    help: "Where a proxy serves this console; its path is the base path.",
    check: publicUrl,
    env: "ROLLCALL_PUBLIC_URL",
  },
  "base-path": {
    value: "PATH",
    help: "Where the console is mounted, such as /rollcall.",
    check: (text) =>
      /^(\/[A-Za-z0-9._~-]+)+$/.test(text) && !text.split("/").some((part) => /^\.+$/.test(part))
        ? undefined
        : "must begin with / and end without one",
    env: "ROLLCALL_BASE_PATH",
  },
};

function publicUrl(text: string): string | undefined {
  try {
    const { protocol, search, hash, username, pathname } = new URL(text);
    const plain = search === "" && hash === "" && username === "" && /^[A-Za-z0-9._~/-]*$/.test(pathname);
    if ((protocol === "http:" || protocol === "https:") && plain) return undefined;
  } catch {
    // Said below.
  }
  return "must be a URL, such as https://ops.example.com/rollcall";
}

/** Reads the settings a command line and its environment ask for; a sentence where a token's file cannot be used. */
export function consoleSettings(
  parsed: Parsed,
  { cwd, env }: Pick<Surroundings, "cwd" | "env">,
): ConsoleSettings | { readonly message: string } {
  const credentials: Credential[] = [];
  for (const role of ["operator", "viewer"] as const) {
    const file = parsed.text[`${role}-token-file`];
    const name = `ROLLCALL_${role.toUpperCase()}_TOKEN`;
    const found =
      file === undefined ? readTokens(env[name] ?? "", role, name) : readTokenFile(resolve(cwd, file), role);
    if ("message" in found) return found;
    credentials.push(...found);
  }
  const url = parsed.text["public-url"];
  const basePath = basePathOf(parsed);
  return {
    readOnly: parsed.flags.has("read-only"),
    allowUnsafe: parsed.flags.has("allow-unsafe-changes"),
    credentials,
    ...(url === undefined ? {} : { publicUrl: url }),
    ...(basePath === undefined ? {} : { basePath }),
  };
}

/** Where the console is mounted: as said, else the path of its public URL; undefined: at the root. */
function basePathOf({ text }: Parsed): string | undefined {
  const { "public-url": url, "base-path": given } = text;
  if (given !== undefined || url === undefined) return given;
  return new URL(url).pathname.replace(/\/+$/, "") || undefined;
}

/** The flags that give another process of this machine the same settings; tokens in the environment it inherits. */
export function consoleWords(parsed: Parsed, cwd: string): readonly string[] {
  const words: string[] = [];
  for (const [name, spec] of Object.entries(consoleOptions)) {
    if (spec.value === undefined) {
      if (parsed.flags.has(name)) words.push(`--${name}`);
      continue;
    }
    const text = name === "base-path" ? basePathOf(parsed) : parsed.text[name];
    // A public URL is of one console only.
    if (text === undefined || name === "public-url") continue;
    words.push(`--${name}`, name.endsWith("-file") ? resolve(cwd, text) : text);
  }
  return words;
}

function readTokenFile(path: string, role: Role): readonly Credential[] | { readonly message: string } {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    return { message: `Cannot read the ${role}s' tokens from ${path}: ${systemReason(error)}.` };
  }
  const found = readTokens(text, role, path);
  if (!("message" in found) && found.length === 0) return { message: `${path} holds no token.` };
  return found;
}

/** One token a line, with a name before it or without; `#` begins a remark. */
function readTokens(
  text: string,
  role: Role,
  source: string,
): readonly Credential[] | { readonly message: string } {
  const found: Credential[] = [];
  for (const [at, line] of text.split("\n").entries()) {
    const words = line.replace(/#.*/, "").trim().split(/\s+/).filter(Boolean);
    const token = words.at(-1);
    if (token === undefined) continue;
    const actor = words.length > 1 ? (words[0] ?? role) : role;
    const where = `${source}, line ${at + 1}`;
    if (words.length > 2) return { message: `${where}: a line is TOKEN, or NAME TOKEN.` };
    if (!memberNameSchema.safeParse(actor).success) {
      return { message: `${where}: a name is up to 63 letters, digits, dots, dashes or underscores.` };
    }
    if (token.length < TOKEN_CHARACTERS_MIN || token.length > 512 || !/^[\x21-\x7e]+$/.test(token)) {
      return {
        message: `${where}: a token is ${TOKEN_CHARACTERS_MIN} to 512 printable characters, such as \`openssl rand -hex 32\` makes.`,
      };
    }
    found.push({ role, actor, token });
  }
  return found;
}
