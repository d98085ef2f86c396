import type { Surroundings } from "../command";

/** A command's surroundings that keep what is said. */
export interface Recorded {
  readonly surroundings: Surroundings;
  readonly out: () => string;
  readonly err: () => string;
}

/** Surroundings in `cwd` without a terminal; `answers` puts somebody at one who types them in turn. */
export function recorded(cwd: string, answers?: readonly (string | undefined)[]): Recorded {
  let out = "";
  let err = "";
  const typed = answers === undefined ? undefined : [...answers];
  return {
    out: () => out,
    err: () => err,
    surroundings: {
      cwd,
      env: {},
      version: "0.0.0",
      self: { program: process.execPath, words: [] },
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
      errIsTerminal: false,
      ask:
        typed === undefined
          ? undefined
          : async (question) => {
              err += question;
              return typed.shift();
            },
      onSignal: () => () => {},
    },
  };
}
