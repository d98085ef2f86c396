import { existsSync } from "node:fs";
import { dirname, isAbsolute, resolve } from "node:path";
import { DEFAULT_PORT } from "../local/ports";
import { type ClusterSettings, settingsOfCluster } from "./cluster_settings";
import type { ConfigFault, SettingSource } from "./config_fault";
import { type GivenSettings, given, type SettingInputs } from "./given";
import { type DeclaredCluster, declareByName, declareGiven } from "./given_clusters";
import { type ReadConfig, readConfig } from "./read_config";

export type { ClusterSettings, SettingInputs };

/** The file that is read where none is named, if it is there. */
export const CONFIG_FILE = "rollcall.config.json";
/** Where plans and history of attached clusters are kept, where nothing else is said. */
export const DATA_DIR = ".rollcall/console";

/** The console itself. */
export interface ConsoleSettings {
  readonly host: string;
  readonly port: number;
  /** Absolute. */
  readonly dataDir: string;
  readonly readOnly: boolean;
  readonly trustedOrigins: readonly string[];
  readonly trustedHosts: readonly string[];
  /** What the file says of tokens and of a proxy in front; files absolute. */
  readonly operatorTokenFile: string | undefined;
  readonly viewerTokenFile: string | undefined;
  readonly publicUrl: string | undefined;
  readonly basePath: string | undefined;
}

/** What a console is to serve. */
export interface Settings {
  readonly console: ConsoleSettings;
  readonly clusters: readonly ClusterSettings[];
}

/** Settings as far as they could be made out, with all that is wrong. With an error among the faults they are not to be used. */
export interface LoadedSettings {
  readonly settings: Settings;
  readonly faults: readonly ConfigFault[];
  /** The file that was read; undefined: none. */
  readonly file: string | undefined;
  /** Where a setting of the console was said; its flag, where nowhere. */
  readonly sourceOf: (key: keyof ConsoleSettings) => SettingSource;
}

/** Makes the settings of a console: flags before environment before file. Reads every file they name. Never throws. */
export function loadSettings(inputs: SettingInputs): LoadedSettings {
  const outside = given(inputs);
  const faults: ConfigFault[] = [...outside.faults];
  const file = configFile(outside, inputs.cwd);
  const read = file === undefined ? undefined : readConfig(file.path, file.shown);
  faults.push(...(read?.faults ?? []));
  const declared = declareGiven(outside, inputs.cwd);
  faults.push(...declared.faults);
  const clusters = declareByName(declared.clusters, read, file?.path ?? inputs.cwd);
  faults.push(...clusters.faults);
  const resolved = clusters.clusters.map((cluster) => settingsOfCluster(cluster, inputs.env, inputs.now));
  for (const one of resolved) faults.push(...one.faults);
  const ofConsole = consoleSettings(outside, read, file?.path, inputs.cwd);
  const settings = {
    console: ofConsole,
    // Plans that an earlier run left unfinished are nobody's request: they rest only where the cluster itself is read-only.
    clusters: resolved.map(({ settings: one }) => (ofConsole.readOnly ? { ...one, readOnly: true } : one)),
  };
  return {
    settings,
    faults: [...faults, ...sharedEndpoints(clusters.clusters)],
    file: file?.path,
    sourceOf: (key) => sourceOf(key, outside, read),
  };
}

function sourceOf(
  key: keyof ConsoleSettings,
  outside: GivenSettings,
  read: ReadConfig | undefined,
): SettingSource {
  const name = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const given = outside.text(name)?.source;
  if (given !== undefined) return given;
  if (read?.config?.console?.[key] !== undefined) return read.locate(["console", key]);
  return { kind: "flag", name };
}

function configFile(
  outside: GivenSettings,
  cwd: string,
): { readonly path: string; readonly shown: string } | undefined {
  const named = outside.text("config");
  if (named !== undefined) return { path: resolve(cwd, named.text), shown: named.text };
  const path = resolve(cwd, CONFIG_FILE);
  return existsSync(path) ? { path, shown: CONFIG_FILE } : undefined;
}

function consoleSettings(
  outside: GivenSettings,
  read: ReadConfig | undefined,
  file: string | undefined,
  cwd: string,
): ConsoleSettings {
  const own = read?.config?.console ?? {};
  const dataDir = outside.text("data-dir")?.text;
  const folder = file === undefined ? cwd : dirname(file);
  const fromFile = own.dataDir ?? DATA_DIR;
  return {
    host: outside.text("host")?.text ?? own.host ?? "127.0.0.1",
    port: Number(outside.text("port")?.text ?? own.port ?? DEFAULT_PORT),
    dataDir:
      dataDir !== undefined
        ? resolve(cwd, dataDir)
        : isAbsolute(fromFile)
          ? fromFile
          : resolve(own.dataDir === undefined ? cwd : folder, fromFile),
    readOnly: outside.flag("read-only") ?? own.readOnly ?? false,
    trustedOrigins: outside.list("trusted-origins") ?? own.trustedOrigins ?? [],
    trustedHosts: outside.list("trusted-hosts") ?? own.trustedHosts ?? [],
    operatorTokenFile: own.operatorTokenFile && resolve(folder, own.operatorTokenFile),
    viewerTokenFile: own.viewerTokenFile && resolve(folder, own.viewerTokenFile),
    publicUrl: own.publicUrl,
    basePath: own.basePath,
  };
}

/** Two clusters at one endpoint are most likely one that was copied and not finished. */
function sharedEndpoints(clusters: readonly DeclaredCluster[]): ConfigFault[] {
  const owners = new Map<string, string>();
  const faults: ConfigFault[] = [];
  for (const { entry, at, locate } of clusters) {
    for (const [index, endpoint] of entry.endpoints.entries()) {
      const owner = owners.get(endpoint);
      const source: SettingSource = locate([...at, "endpoints", index]);
      if (owner === undefined) owners.set(endpoint, entry.name);
      else {
        const message =
          owner === entry.name
            ? `${endpoint} is listed twice.`
            : `${endpoint} belongs to the cluster ${owner} too.`;
        faults.push({ severity: "warning", source, message, mend: "Keep it in one place." });
      }
    }
  }
  return faults;
}
