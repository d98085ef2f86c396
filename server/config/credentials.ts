import type { ConfigFault } from "./config_fault";
import type { ClusterEntry, SecretSource } from "./config_schema";
import type { Locate } from "./schema_faults";
import { openToOthers, readNamedFile } from "./tls_files";

/** How to prove who we are to a cluster. Never logged, never shown. */
export type Credentials =
  | { readonly user: string; readonly password: string }
  /** A token that was made elsewhere, as its source has it now: one in a file may be renewed there. */
  | { readonly token: () => string };

/** What variables hold. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Fetches a cluster's credentials from where the configuration says they are. */
export function readCredentials(
  entry: ClusterEntry,
  at: readonly (string | number)[],
  folder: string,
  locate: Locate,
  env: Environment,
): { readonly credentials: Credentials | undefined; readonly faults: readonly ConfigFault[] } {
  const faults: ConfigFault[] = [];
  if (entry.kind === "d-engine") return { credentials: undefined, faults };
  const { user, password, token } = { user: undefined, password: undefined, ...entry };
  const complain = (key: string, message: string, mend: string) => {
    faults.push({ severity: "error", source: locate([...at, key]), message, mend });
  };
  if (token !== undefined) {
    if (user !== undefined || password !== undefined) {
      complain(
        "token",
        "A token stands beside a user or a password.",
        "Keep the token, or user and password.",
      );
    }
    const read = readToken(token, [...at, "token"], folder, locate, env);
    return { ...read, faults: [...faults, ...read.faults] };
  }
  if (user !== undefined && password === undefined) {
    complain("user", "A user needs a password.", 'Give "password": {"env": "NAME"} or {"file": "PATH"}.');
  }
  if (password !== undefined && user === undefined) {
    complain("password", "A password needs its user.", 'Give "user" too.');
  }
  const found =
    password === undefined ? undefined : readSecret(password, [...at, "password"], folder, locate, env);
  faults.push(...(found?.faults ?? []));
  if (user === undefined || found?.secret === undefined) return { credentials: undefined, faults };
  return { credentials: { user, password: found.secret }, faults };
}

/** What a header can carry; anything else would be named in the error that says so. */
const TOKEN = /^[\x21-\x7e]{1,8192}$/;

function readToken(
  from: SecretSource,
  at: readonly (string | number)[],
  folder: string,
  locate: Locate,
  env: Environment,
): { readonly credentials: Credentials | undefined; readonly faults: readonly ConfigFault[] } {
  const { secret, faults } = readSecret(from, at, folder, locate, env);
  if (secret === undefined) return { credentials: undefined, faults };
  if (!TOKEN.test(secret)) {
    const source = locate([...at, "env" in from ? "env" : "file"]);
    const message = "What stands there is no token: it has spaces, or letters that no token has.";
    const mend = "Put the token there as it was given, alone on one line.";
    return { credentials: undefined, faults: [...faults, { severity: "error", source, message, mend }] };
  }
  let last = secret;
  const renewed = () => {
    const now = readSecret(from, at, folder, locate, env).secret;
    // A file that is being written anew may be empty, or gone, for a moment.
    if (now !== undefined && TOKEN.test(now)) last = now;
    return last;
  };
  return { credentials: { token: renewed }, faults };
}

function readSecret(
  from: SecretSource,
  at: readonly (string | number)[],
  folder: string,
  locate: Locate,
  env: Environment,
): { readonly secret: string | undefined; readonly faults: readonly ConfigFault[] } {
  if ("env" in from) {
    const secret = env[from.env];
    if (secret !== undefined && secret !== "") return { secret, faults: [] };
    const message = `The variable ${from.env} is ${secret === undefined ? "not set" : "empty"}.`;
    const mend = "Set it in the environment this console starts in.";
    return {
      secret: undefined,
      faults: [{ severity: "error", source: locate([...at, "env"]), message, mend }],
    };
  }
  const source = locate([...at, "file"]);
  const file = readNamedFile(from.file, folder, source);
  if (!("text" in file)) return { secret: undefined, faults: [file] };
  // Editors end a file with a line break, which is no part of the secret.
  const secret = file.text.replace(/\r?\n$/, "");
  const faults = openToOthers(file.mode, source);
  if (secret !== "" && !/[\r\n]/.test(secret)) return { secret, faults };
  const message = secret === "" ? "The file is empty." : "The file holds more than one line.";
  const mend = "Put the secret there, alone on one line.";
  return { secret: undefined, faults: [...faults, { severity: "error", source, message, mend }] };
}
