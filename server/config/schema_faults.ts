import type { z } from "zod";
import type { ConfigFault, SettingSource } from "./config_fault";
import { secretIssues } from "./config_schema";
import { nearest } from "./nearest";

/** Where a path of the value stands; `key`: the key itself rather than its value. */
export type Locate = (path: readonly (string | number)[], key?: boolean) => SettingSource;

type Issue = z.core.$ZodIssue;

/** Every key that may stand where an object is; found by the path's last key. */
const knownKeys: Readonly<Record<string, readonly string[]>> = {
  "": ["console", "clusters", "$schema"],
  console: [
    "host",
    "port",
    "dataDir",
    "readOnly",
    "trustedOrigins",
    "trustedHosts",
    "operatorTokenFile",
    "viewerTokenFile",
    "publicUrl",
    "basePath",
  ],
  tls: ["ca", "certificate", "key", "serverName"],
  secret: ["env", "file"],
  cluster: ["name", "kind", "endpoints", "tls", "readOnly", "user", "password", "token"],
};

/** Keys that other tools use for the same. */
const synonyms: Readonly<Record<string, string>> = {
  cacert: "ca",
  cafile: "ca",
  ca_file: "ca",
  caFile: "ca",
  cert: "certificate",
  certFile: "certificate",
  cert_file: "certificate",
  clientCert: "certificate",
  keyFile: "key",
  key_file: "key",
  clientKey: "key",
  sni: "serverName",
  hosts: "endpoints",
  urls: "endpoints",
  addresses: "endpoints",
  type: "kind",
  id: "name",
  username: "user",
  authToken: "token",
  bearer: "token",
  "data-dir": "dataDir",
  "read-only": "readOnly",
  readonly: "readOnly",
};

/** What a schema found, each as a fault with its place. */
export function schemaFaults(error: z.ZodError, locate: Locate): ConfigFault[] {
  return error.issues.flatMap((issue) => issueFaults(issue, locate));
}

function issueFaults(issue: Issue, locate: Locate): ConfigFault[] {
  const path = issue.path.filter((part) => typeof part !== "symbol");
  if (issue.code === "unrecognized_keys") {
    const { input } = issue;
    const kind = typeof input === "object" && input !== null && "kind" in input ? input.kind : undefined;
    return issue.keys.map((key) => unknownKey([...path, key], kind, locate));
  }
  const fault = (message: string, mend: string): ConfigFault[] => [
    { severity: "error", source: locate(path), message, mend },
  ];
  const last = String(path.at(-1) ?? "");
  if (issue.code === "invalid_union" && path.at(-1) === "kind") {
    return [kindFault(issue, path, locate)];
  }
  if (issue.message === secretIssues.inline) {
    return fault(
      `The ${last} itself stands in the file, which is copied, committed and read by others.`,
      `Write {"env": "NAME"} to take it from the environment, or {"file": "PATH"} to read it from a file of its own; and change it, since it was written down.`,
    );
  }
  if (issue.message === secretIssues.noSource) {
    return fault(
      `It says neither where the ${last} is, nor anything else that is known.`,
      'Write {"env": "NAME"} or {"file": "PATH"}.',
    );
  }
  if (typeof issue.input === "string" && /:\/\/[^/]*@/.test(issue.input)) {
    return fault("The endpoint holds a user or a password.", 'Give them as "user" and "password".');
  }
  const secret = path.includes("password") || path.includes("token");
  return fault(messageOf(issue, last, secret), mendOf(path, locate(path)));
}

/** Why kinds of cluster lack a key that another one has. */
const lacking: Readonly<Record<string, string>> = {
  "d-engine": "it asks nobody who they are",
  embedded: "its consoles take a token",
};

function unknownKey(path: readonly (string | number)[], kind: unknown, locate: Locate): ConfigFault {
  const key = String(path.at(-1));
  const known = knownKeys[placeName(path.slice(0, -1))] ?? [];
  if (known.includes(key)) {
    const why = typeof kind === "string" ? lacking[kind] : undefined;
    const message = `A cluster of kind ${shown(kind)} has no ${JSON.stringify(key)}${why === undefined ? "" : `: ${why}`}.`;
    return { severity: "error", source: locate(path, true), message, mend: "Take it out." };
  }
  const synonym = Object.hasOwn(synonyms, key) ? synonyms[key] : undefined;
  const like = synonym !== undefined && known.includes(synonym) ? synonym : nearest(key, known);
  return {
    severity: "error",
    source: locate(path, true),
    message: `There is no key ${JSON.stringify(key)} here.`,
    mend:
      like === undefined
        ? `Take it out; known here: ${known.join(", ")}.`
        : `Did you mean ${JSON.stringify(like)}?`,
  };
}

/** Which of the known objects a path leads to. */
function placeName(path: readonly (string | number)[]): string {
  const last = path.at(-1);
  if (last === undefined) return "";
  if (typeof last === "number") return "cluster";
  return last === "password" || last === "token" ? "secret" : last;
}

function kindFault(issue: Issue, path: readonly (string | number)[], locate: Locate): ConfigFault {
  const { input } = issue;
  // The value judged is the whole cluster.
  const kind: unknown =
    typeof input === "object" && input !== null && "kind" in input ? input.kind : undefined;
  const kinds = 'The kinds are "etcd", "d-engine" and "embedded".';
  const fault = (message: string, mend: string): ConfigFault => {
    return { severity: "error", source: locate(path), message, mend };
  };
  if (kind === undefined) return fault("The cluster says no kind.", kinds);
  const like =
    typeof kind === "string" ? nearest(kind.toLowerCase(), ["etcd", "d-engine", "embedded"]) : undefined;
  const mend = like === undefined ? kinds : `Did you mean ${JSON.stringify(like)}?`;
  return fault(`${shown(kind)} is no kind of cluster.`, mend);
}

const typeNames: Readonly<Record<string, string>> = {
  string: "text in double quotes",
  number: "a number without quotes",
  int: "a whole number",
  boolean: "true or false",
  array: "a list in [ ]",
  object: "an object in { }",
};

function messageOf(issue: Issue, last: string, secret: boolean): string {
  if (issue.code === "invalid_type") {
    if (issue.input === undefined && last !== "") return `${JSON.stringify(last)} is missing.`;
    const wanted = typeNames[issue.expected] ?? issue.expected;
    return secret ? `It must be ${wanted}.` : `It must be ${wanted}, and is ${shown(issue.input)}.`;
  }
  const said = `${issue.message.charAt(0).toUpperCase()}${issue.message.slice(1)}`;
  const scalar = typeof issue.input === "string" || typeof issue.input === "number";
  return scalar && !secret ? `${said}; it is ${shown(issue.input)}.` : `${said}.`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

const mends: Readonly<Record<string, string>> = {
  name: "Take a name such as prod-eu: it stands in the page's address.",
  kind: 'The kinds are "etcd" and "d-engine".',
  endpoints:
    'Give a list such as ["https://10.0.0.1:2379", "https://10.0.0.2:2379"], for d-engine ["10.0.0.1:9081"].',
  port: "Take a port such as 7400.",
  host: "Take an address of this machine, such as 127.0.0.1.",
  trustedOrigins: "Give origins such as https://console.example.org, without a path.",
  trustedHosts: "Give hosts such as console.example.org:7400.",
  serverName: "Give the name in the servers' certificates.",
  env: "Give the variable's name.",
};

function mendOf(path: readonly (string | number)[], source: SettingSource): string {
  const name = path.findLast((part) => typeof part === "string");
  if (name === "endpoints" && source.kind !== "file") {
    return "Separate several by commas: https://10.0.0.1:2379,https://10.0.0.2:2379, for d-engine 10.0.0.1:9081,10.0.0.2:9081.";
  }
  return mends[String(name ?? "")] ?? "docs/serving.md has the whole form.";
}
