import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { requestIdSchema } from "../../protocol/api";
import { parseFence } from "../../protocol/membership";
import { Session, type Trouble, troubleText } from "../consoles/session";
import { systemReason } from "../local/durable_file";
import type { OptionSpec, Parsed } from "./arguments";
import type { Surroundings } from "./command";
import { type ExitCode, exitCodes } from "./exit_codes";
import { consoleAddress, findConsoles } from "./find_consoles";

/** Flags of every command that talks to a console. */
export const clientOptions: Readonly<Record<string, OptionSpec>> = {
  console: {
    value: "URL",
    help: "The console to talk to; the plan's other consoles are not tried then.",
    check: consoleAddress,
    fallback: "those of the plan in --data-dir, else http://127.0.0.1:7400",
    env: "ROLLCALL_CONSOLE",
  },
  "data-dir": {
    value: "DIR",
    help: "Where `rollcall up` keeps its plan.",
    fallback: ".rollcall",
    env: "ROLLCALL_DATA_DIR",
  },
  cluster: { value: "NAME", help: "The cluster, where the console has several." },
  "token-file": {
    value: "FILE",
    help: "The token, where the console asks for one.",
    fallback: "ROLLCALL_TOKEN",
    env: "ROLLCALL_TOKEN_FILE",
  },
  json: { help: "Print JSON: the answer, or the problem." },
};

/** Flags of every command that changes something. */
export const changeOptions: Readonly<Record<string, OptionSpec>> = {
  "if-match": {
    value: "EPOCH:INDEX",
    help: "Make the change only if the membership is still this one.",
    check: (text) =>
      parseFence(text) === undefined ? "must be EPOCH:INDEX, as `rollcall members` shows it" : undefined,
    fallback: "the membership read now",
  },
  timeout: {
    value: "SECONDS",
    help: "After this long the node that was asked stops trying.",
    check: (text) => {
      const seconds = Number(text);
      return /^\d{1,2}(\.\d)?$/.test(text) && seconds >= 1 && seconds <= 60
        ? undefined
        : "must be 1 to 60 seconds";
    },
    fallback: "10",
  },
  "request-id": {
    value: "ID",
    help: "Names the request: repeating it with the same id never makes the change twice.",
    check: (text) =>
      requestIdSchema.safeParse(text).success ? undefined : "must be 8 to 64 letters, digits, - or _",
  },
  force: {
    help: "Make it although it loses quorum, where the console was started to allow that; recorded. Wants its name: --confirm, or typed.",
  },
  yes: { help: "Do not ask. A risky change still wants its name: --confirm." },
  confirm: { value: "NAME", help: "The name that a risky change asks to be typed." },
};

/** The session a command line asks for, or its exit code once the trouble was told. */
export function openSession(parsed: Parsed, surroundings: Surroundings): Session | ExitCode {
  const consoles = findConsoles({
    console: parsed.text.console,
    dataDir: parsed.text["data-dir"],
    cwd: surroundings.cwd,
  });
  if ("fault" in consoles) {
    surroundings.err(`${consoles.fault}\n`);
    return exitCodes.failed;
  }
  const token = readToken(parsed.text["token-file"], surroundings);
  if (typeof token === "object") {
    surroundings.err(`${token.message}\n`);
    return exitCodes.failed;
  }
  return new Session(consoles, parsed.text.cluster, token === undefined ? undefined : () => token);
}

/** The token to show; undefined: none. Never an argument, which everybody on the machine could read. */
function readToken(
  file: string | undefined,
  { cwd, env }: Surroundings,
): string | undefined | { readonly message: string } {
  if (file === undefined) return env.ROLLCALL_TOKEN?.trim() || undefined;
  const path = resolve(cwd, file);
  try {
    const token = readFileSync(path, "utf8").trim();
    return token === "" ? { message: `${path} holds no token.` } : token;
  } catch (error) {
    return { message: `Cannot read the token from ${path}: ${systemReason(error)}.` };
  }
}

/** Tells why there is no answer; the exit code for it. */
export function tellTrouble(trouble: Trouble, parsed: Parsed, surroundings: Surroundings): ExitCode {
  if (parsed.flags.has("json") && trouble.kind === "problem") {
    surroundings.out(`${JSON.stringify(trouble.problem)}\n`);
  }
  surroundings.err(`${troubleText(trouble)}\n`);
  if (trouble.kind === "usage") return exitCodes.usage;
  return trouble.kind === "unreachable" ? exitCodes.unreachable : exitCodes.failed;
}

/** What identifies and limits one change. */
export interface ChangeLimits {
  readonly requestId: string;
  readonly timeoutMs: number;
}

/** From --request-id, made up when absent, and --timeout, 10 s when absent. */
export function changeLimits(parsed: Parsed): ChangeLimits {
  return {
    requestId: parsed.text["request-id"] ?? randomUUID(),
    timeoutMs: Math.round(Number(parsed.text.timeout ?? "10") * 1000),
  };
}
