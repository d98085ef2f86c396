import { readFileSync, statSync } from "node:fs";
import { systemReason } from "../local/durable_file";
import type { ConfigFault, SettingSource } from "./config_fault";
import { type ConfigFile, configSchema } from "./config_schema";
import { type JsonPath, readPlacedJson } from "./json_places";
import { type Locate, schemaFaults } from "./schema_faults";

/** A longer file is no configuration (bytes). */
const FILE_BYTES_MAX = 1024 * 1024;

/** A configuration file as read: its content where its form is right, and everything that is wrong with it. */
export interface ReadConfig {
  readonly config: ConfigFile | undefined;
  readonly faults: readonly ConfigFault[];
  readonly locate: Locate;
}

/** Reads a configuration file. `shown`: how messages call it. Never throws. */
export function readConfig(path: string, shown: string): ReadConfig {
  const start = fileSource(shown, []);
  const failed = (message: string, mend: string, source: SettingSource = start): ReadConfig => ({
    config: undefined,
    faults: [{ severity: "error", source, message, mend }],
    locate: () => start,
  });
  let text: string;
  try {
    if (statSync(path).size > FILE_BYTES_MAX)
      return failed("The file is over 1 MiB.", "Is it the right one?");
    text = readFileSync(path, "utf8");
  } catch (error) {
    return failed(`The file cannot be read: ${systemReason(error)}.`, "Give its path with --config FILE.");
  }
  const json = readPlacedJson(text);
  if ("message" in json) {
    return failed(`${json.message}.`, "The file is JSON.", { ...start, place: json.place });
  }
  const locate: Locate = (jsonPath, key) => ({
    kind: "file",
    file: shown,
    path: jsonPath,
    place: key === true ? json.placeOfKey(jsonPath) : json.placeOf(jsonPath),
  });
  const repeated = json.repeated.map(
    ({ path: at, place }): ConfigFault => ({
      severity: "error",
      source: { kind: "file", file: shown, path: at, place },
      message: `The key ${JSON.stringify(at.at(-1))} stands here a second time.`,
      mend: "Keep one of the two.",
    }),
  );
  const result = configSchema.safeParse(json.value, { reportInput: true });
  if (result.success) return { config: result.data, faults: repeated, locate };
  return { config: undefined, faults: [...repeated, ...schemaFaults(result.error, locate)], locate };
}

function fileSource(file: string, path: JsonPath): SettingSource & { kind: "file" } {
  return { kind: "file", file, path, place: { line: 1, column: 1 } };
}
