import { randomUUID } from "node:crypto";
import { requestIdSchema } from "../../protocol/api";
import { parseFence } from "../../protocol/membership";
import type { OptionSpec, Parsed } from "./arguments";
import type { Surroundings } from "./command";
import { type ExitCode, exitCodes } from "./exit_codes";
import { consoleAddress, findConsoles, Session, type Trouble, troubleText } from "./session";

/** Flags of every command that talks to a console. */
export const clientOptions: Readonly<Record<string, OptionSpec>> = {
  console: {
    value: "URL",
    help: "The console to talk to; the plan's other consoles are not tried then.",
    check: consoleAddress,
    fallback: "those of the plan in --data-dir, else http://127.0.0.1:7400",
  },
  "data-dir": { value: "DIR", help: "Where `rollcall up` keeps its plan.", fallback: ".rollcall" },
  cluster: { value: "NAME", help: "The cluster, where the console has several." },
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
  return new Session(consoles, parsed.text.cluster);
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

export function changeLimits(parsed: Parsed): ChangeLimits {
  return {
    requestId: parsed.text["request-id"] ?? randomUUID(),
    timeoutMs: Math.round(Number(parsed.text.timeout ?? "10") * 1000),
  };
}
