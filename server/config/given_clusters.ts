import { dirname } from "node:path";
import type { ConfigFault } from "./config_fault";
import { type ClusterEntry, clusterSchema } from "./config_schema";
import { type GivenSettings, variableOf } from "./given";
import type { ReadConfig } from "./read_config";
import { type Locate, schemaFaults } from "./schema_faults";

/** A cluster somebody asked for, with where its settings stand and where its files are looked for. */
export interface DeclaredCluster {
  readonly entry: ClusterEntry;
  /** The path of the entry, as `locate` takes it. */
  readonly at: readonly (string | number)[];
  readonly locate: Locate;
  readonly folder: string;
}

/** Clusters, and what is wrong with them. */
export interface Declared {
  readonly clusters: readonly DeclaredCluster[];
  readonly faults: readonly ConfigFault[];
}

/** Which flag each key of a cluster of the command line stands in. */
function flagOf(kind: ClusterEntry["kind"], path: readonly (string | number)[]): string {
  const [first, second] = path;
  const flags: Readonly<Record<string, string>> = {
    user: `${kind}-user`,
    password: `${kind}-password-file`,
    token: `${kind}-token-file`,
    ca: `${kind}-ca`,
    certificate: `${kind}-cert`,
    key: `${kind}-key`,
    serverName: `${kind}-server-name`,
  };
  return flags[String(first === "tls" ? second : first)] ?? kind;
}

/** The clusters of --etcd, --d-engine and --embedded, or of their variables. `folder`: where relative paths begin. */
export function declareGiven(outside: GivenSettings, folder: string): Declared {
  const clusters: DeclaredCluster[] = [];
  const faults: ConfigFault[] = [];
  for (const kind of ["etcd", "d-engine", "embedded"] as const) {
    const list = outside.text(kind);
    const locate: Locate = (path) => {
      const flag = flagOf(kind, path);
      // A secret that is in no file is in the variable of the same name.
      const found = outside.text(flag) ?? outside.text(flag.replace(/-file$/, ""));
      return found?.source ?? { kind: "environment", name: variableOf(flag) };
    };
    if (list === undefined) {
      faults.push(...lonely(kind, outside));
      continue;
    }
    const named = /^([a-z0-9][a-z0-9-]{0,62})=(.*)$/s.exec(list.text);
    const candidate = {
      name: named?.[1] ?? kind,
      kind,
      endpoints: (named?.[2] ?? list.text).split(",").map((part) => part.trim()),
      ...tlsOf(kind, outside),
      ...secretsOf(kind, outside),
    };
    const result = clusterSchema.safeParse(candidate, { reportInput: true });
    if (result.success) {
      faults.push(...taken(result.data.name, clusters, locate));
      clusters.push({ entry: result.data, at: [], locate, folder });
    } else faults.push(...schemaFaults(result.error, locate));
  }
  return { clusters, faults };
}

function taken(name: string, clusters: readonly DeclaredCluster[], locate: Locate): ConfigFault[] {
  if (clusters.every(({ entry }) => entry.name !== name)) return [];
  const message = `Both clusters are named ${JSON.stringify(name)}.`;
  return [
    { severity: "error", source: locate([]), message, mend: "Give each a name of its own: NAME=ENDPOINTS." },
  ];
}

function tlsOf(kind: string, outside: GivenSettings): object {
  const names = { ca: "ca", certificate: "cert", key: "key", serverName: "server-name" };
  const found = Object.entries(names).flatMap(([key, flag]) => {
    const value = outside.text(`${kind}-${flag}`);
    return value === undefined ? [] : [[key, value.text] as const];
  });
  return found.length === 0 ? {} : { tls: Object.fromEntries(found) };
}

/** A password or token comes by a file's name, or in a variable of its own; never on the command line. */
function secretsOf(kind: string, outside: GivenSettings): object {
  const user = outside.text(`${kind}-user`);
  const secret = (key: "password" | "token") => {
    const file = outside.text(`${kind}-${key}-file`);
    if (file !== undefined) return { [key]: { file: file.text } };
    const variable = outside.text(`${kind}-${key}`)?.source.kind === "environment";
    return variable ? { [key]: { env: variableOf(`${kind}-${key}`) } } : {};
  };
  return {
    ...(user === undefined ? {} : { user: user.text }),
    ...secret("password"),
    ...secret("token"),
  };
}

const companions = ["ca", "cert", "key", "server-name", "user", "password-file", "token-file"];

/** A flag about a cluster that was not given itself. */
function lonely(kind: string, outside: GivenSettings): ConfigFault[] {
  return companions.flatMap((part): ConfigFault[] => {
    const found = outside.text(`${kind}-${part}`);
    if (found === undefined) return [];
    const message = `It belongs to --${kind}, which is not given.`;
    return [
      {
        severity: "error",
        source: found.source,
        message,
        mend: `Give --${kind} ENDPOINTS too, or leave it out.`,
      },
    ];
  });
}

/** All clusters: those of flags and environment, and those of the file whose name these do not take. */
export function declareByName(
  outside: readonly DeclaredCluster[],
  read: ReadConfig | undefined,
  file: string,
): Declared {
  const faults: ConfigFault[] = [];
  const clusters = [...outside];
  const places = new Map(outside.map((cluster) => [cluster.entry.name, "outside"]));
  for (const [index, entry] of (read?.config?.clusters ?? []).entries()) {
    if (read === undefined) break;
    const at = ["clusters", index];
    const known = places.get(entry.name);
    if (known === "file") {
      const message = `A cluster before it is named ${JSON.stringify(entry.name)} already.`;
      const source = read.locate([...at, "name"]);
      faults.push({ severity: "error", source, message, mend: "Give each cluster a name of its own." });
    }
    if (known !== undefined) continue;
    places.set(entry.name, "file");
    clusters.push({ entry, at, locate: read.locate, folder: dirname(file) });
  }
  return { clusters, faults };
}
