import { CONFIG_FILE, DATA_DIR, type LoadedSettings, loadSettings } from "../config/settings";
import { DEFAULT_PORT } from "../local/ports";
import { type OptionSpec, type Parsed, wholeNumber } from "./arguments";
import type { Surroundings } from "./command";
import { consoleOptions } from "./console_options";

/** Flags that say which clusters a console watches, and how it reaches them. Each has a variable: --etcd-ca is ROLLCALL_ETCD_CA. */
const clusterOptions: Readonly<Record<string, OptionSpec>> = {
  config: { value: "FILE", help: "The configuration file.", fallback: `${CONFIG_FILE}, where it is there` },
  etcd: {
    value: "[NAME=]URL,URL",
    help: "An etcd cluster by its client URLs; one is enough, the others are found.",
  },
  "etcd-ca": { value: "FILE", help: "Certificates that sign those of etcd." },
  "etcd-cert": { value: "FILE", help: "Client certificate towards etcd." },
  "etcd-key": { value: "FILE", help: "The client certificate's key." },
  "etcd-server-name": { value: "NAME", help: "The name in etcd's certificates, where it is not the URL's." },
  "etcd-user": { value: "NAME", help: "User of etcd's own." },
  "etcd-password-file": {
    value: "FILE",
    help: "The user's password.",
    fallback: "ROLLCALL_ETCD_PASSWORD",
  },
  "etcd-token-file": {
    value: "FILE",
    help: "A token instead of user and password; read again once etcd no longer takes it.",
    fallback: "ROLLCALL_ETCD_TOKEN",
  },
  "d-engine": {
    value: "[NAME=]HOST:PORT,HOST:PORT",
    help: "A d-engine cluster by its nodes: every one of them, since each only knows its own view.",
  },
  "d-engine-ca": {
    value: "FILE",
    help: "Certificates that sign those of d-engine, with https:// endpoints.",
  },
  "d-engine-server-name": { value: "NAME", help: "The name in d-engine's certificates." },
  embedded: {
    value: "[NAME=]URL,URL",
    help: "A cluster of our own engine by its nodes' consoles; one is enough, more keep it shown when a node goes.",
  },
  "embedded-token-file": {
    value: "FILE",
    help: "The token that these consoles ask for.",
    fallback: "ROLLCALL_EMBEDDED_TOKEN",
  },
  "embedded-ca": { value: "FILE", help: "Certificates that sign those of the consoles' proxy." },
};

// Forcing needs an engine that can be forced; attached ones cannot.
const { "allow-unsafe-changes": _force, ...attachedConsoleOptions } = consoleOptions;

/** Flags of the console itself. */
export const serveOptions: Readonly<Record<string, OptionSpec>> = {
  ...clusterOptions,
  host: { value: "HOST", help: "Address to listen on.", fallback: "127.0.0.1" },
  port: {
    value: "PORT",
    help: "Port of the page.",
    check: wholeNumber(1, 65_535),
    fallback: String(DEFAULT_PORT),
  },
  "data-dir": {
    value: "DIR",
    help: "Where history and plans of the clusters are kept.",
    fallback: DATA_DIR,
  },
  ...attachedConsoleOptions,
  "trusted-origins": {
    value: "URL,URL",
    help: "Further origins whose pages may act, such as that of a proxy.",
  },
  "trusted-hosts": { value: "HOST,HOST", help: "Further names that requests may be addressed to." },
};

/** The settings that a command line, its environment and a file ask for. */
export function readSettings(
  parsed: Parsed,
  { cwd, env }: Pick<Surroundings, "cwd" | "env">,
): LoadedSettings {
  return loadSettings({ text: parsed.text, flags: parsed.flags, env, cwd, now: Date.now() });
}

/** The command line with what the file says of callers and of where the console is reached, where it says nothing itself. */
export function withFileSettings(parsed: Parsed, { settings }: LoadedSettings): Parsed {
  const { operatorTokenFile, viewerTokenFile, publicUrl, basePath } = settings.console;
  const fromFile = {
    "operator-token-file": operatorTokenFile,
    "viewer-token-file": viewerTokenFile,
    "public-url": publicUrl,
    "base-path": basePath,
  };
  const given = Object.entries(fromFile).filter(
    ([name, value]) => value !== undefined && parsed.text[name] === undefined,
  );
  return { ...parsed, text: { ...parsed.text, ...(Object.fromEntries(given) as Record<string, string>) } };
}
