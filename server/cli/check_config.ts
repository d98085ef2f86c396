import { access, constants } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { plural } from "../../protocol/words";
import { type ConfigFault, faultWords, pathWords, sourceWords } from "../config/config_fault";
import { configSchema } from "../config/config_schema";
import { CONFIG_FILE, type LoadedSettings, type Settings } from "../config/settings";
import { credentialsFault } from "../gateway/gateway";
import { portIsFree } from "../local/ports";
import type { Parsed } from "./arguments";
import type { Command, Surroundings } from "./command";
import { consoleSettings } from "./console_options";
import { type ExitCode, exitCodes } from "./exit_codes";
import { readSettings, serveOptions, withFileSettings } from "./serve_options";
import { type Contact, tryClusters } from "./try_clusters";

export const checkConfig: Command = {
  name: "check-config",
  summary: "Say what is wrong with a configuration, where, and how to mend it.",
  description: [
    "Reads what `rollcall serve` would read, flags and environment included: the form of the file, the files it names, certificates and keys, secrets, names, endpoints. Nothing is started and nothing is sent, unless --connect asks every cluster who it is.",
    "The exit code is 0 where the console could start, warnings included, and 1 where it could not, or with --connect where a cluster did not answer.",
  ],
  operands: [{ name: "FILE", help: `The configuration file; ${CONFIG_FILE} when left out.`, optional: true }],
  options: {
    ...serveOptions,
    connect: { help: "Ask every cluster who it is, for 10 s at most." },
    schema: { help: "Print the file's JSON Schema, for editors, and do nothing else." },
    json: { help: "Print JSON." },
  },
  examples: [
    "rollcall check-config",
    "rollcall check-config ./prod.json --connect",
    "rollcall check-config --schema > rollcall.schema.json",
  ],
  run,
};

async function run(parsed: Parsed, surroundings: Surroundings): Promise<ExitCode> {
  const { out, err } = surroundings;
  if (parsed.flags.has("schema")) {
    out(`${JSON.stringify(z.toJSONSchema(configSchema), null, 2)}\n`);
    return exitCodes.done;
  }
  const [file] = parsed.operands;
  if (file !== undefined && parsed.text.config !== undefined) {
    err("The file is given twice: as a word and with --config.\n");
    return exitCodes.usage;
  }
  const loaded = readSettings(
    file === undefined ? parsed : { ...parsed, text: { ...parsed.text, config: file } },
    surroundings,
  );
  const faults = [
    ...loaded.faults,
    ...(await dataDirFaults(loaded)),
    ...(await consoleFaults(loaded, parsed, surroundings)),
  ];
  const broken = faults.some(({ severity }) => severity === "error");
  const contacts = parsed.flags.has("connect") && !broken ? await tryClusters(loaded.settings) : undefined;
  if (parsed.flags.has("json")) out(`${JSON.stringify(jsonOf(loaded, faults, contacts))}\n`);
  else out(`${textOf(loaded, faults, contacts)}\n`);
  const silent = contacts?.some(({ ok }) => !ok) === true;
  return broken || silent ? exitCodes.failed : exitCodes.done;
}

/** Whether the console could listen where it is told to, and whom it would hear. */
async function consoleFaults(
  loaded: LoadedSettings,
  parsed: Parsed,
  surroundings: Surroundings,
): Promise<ConfigFault[]> {
  const { host, port } = loaded.settings.console;
  const settings = consoleSettings(withFileSettings(parsed, loaded), surroundings);
  if ("message" in settings) {
    const mend = "A file of tokens has one a line, 20 characters or more, with a name before it if you like.";
    const source = loaded.sourceOf("operatorTokenFile");
    return [{ severity: "error", source, message: settings.message, mend }];
  }
  const wanting = credentialsFault(host, settings.credentials);
  if (wanting !== undefined) {
    return [
      {
        severity: "error",
        source: loaded.sourceOf("host"),
        message: wanting.message,
        mend: "docs/serving.md says how.",
      },
    ];
  }
  if (await portIsFree(port)) return [];
  const message = `Port ${port} is in use now.`;
  const mend = "If that is not this console already, take another port.";
  return [{ severity: "warning", source: loaded.sourceOf("port"), message, mend }];
}

/** The data directory is made when the console starts; here it is only looked whether it could be. */
async function dataDirFaults({ settings, sourceOf }: LoadedSettings): Promise<ConfigFault[]> {
  const { dataDir } = settings.console;
  for (let path = dataDir; ; path = dirname(path)) {
    try {
      await access(path, constants.W_OK);
      return [];
    } catch (error) {
      const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
      if (missing && dirname(path) !== path) continue;
      const message = `The data directory ${dataDir} cannot be made or written to: this user may not write in ${path}.`;
      const source = sourceOf("dataDir");
      return [
        { severity: "error", source, message, mend: "Give another one, or let this user write there." },
      ];
    }
  }
}

function textOf(
  { settings, file }: LoadedSettings,
  faults: readonly ConfigFault[],
  contacts: readonly Contact[] | undefined,
): string {
  const lines = faults.map(faultWords);
  const errors = faults.filter(({ severity }) => severity === "error").length;
  const warnings = faults.length - errors;
  if (errors === 0) lines.push(...settings.clusters.map(clusterLine));
  for (const contact of contacts ?? []) lines.push(`${contact.cluster}: ${contact.sentence}`);
  const what = [errors > 0 ? plural(errors, "error") : "", warnings > 0 ? plural(warnings, "warning") : ""];
  const found = what.filter((words) => words !== "").join(", ");
  const { host, port, readOnly } = settings.console;
  const where = `console at ${host}:${port}${readOnly ? ", read-only" : ""}`;
  const from = file === undefined ? "no file" : file;
  lines.push(
    errors > 0
      ? `${from}: ${found}.`
      : `${from}: OK${found === "" ? "" : ` with ${found}`}; ${plural(settings.clusters.length, "cluster")}, ${where}.`,
  );
  return lines.join("\n");
}

function clusterLine(cluster: Settings["clusters"][number]): string {
  const { name, kind, endpoints, tls, credentials, readOnly } = cluster;
  const parts = [
    `${name}: ${kind}, ${endpoints.join(", ")}`,
    tls === undefined ? "" : tls.certificate === undefined ? "TLS" : "TLS with a client certificate",
    credentials === undefined ? "" : "token" in credentials ? "token" : `user ${credentials.user}`,
    readOnly ? "read-only" : "",
  ];
  return parts.filter((part) => part !== "").join("; ");
}

function jsonOf(
  { settings, file }: LoadedSettings,
  faults: readonly ConfigFault[],
  contacts: readonly Contact[] | undefined,
) {
  return {
    ok: faults.every(({ severity }) => severity !== "error"),
    file: file ?? null,
    faults: faults.map(({ severity, source, message, mend }) => ({
      severity,
      where: sourceWords(source),
      ...(source.kind === "file"
        ? { file: source.file, path: pathWords(source.path), ...source.place }
        : { [source.kind]: source.name }),
      message,
      mend,
    })),
    console: settings.console,
    clusters: settings.clusters.map(({ name, kind, endpoints, tls, credentials, readOnly }) => ({
      name,
      kind,
      endpoints,
      tls: tls !== undefined,
      clientCertificate: tls?.certificate !== undefined,
      user: credentials !== undefined && "user" in credentials ? credentials.user : null,
      token: credentials !== undefined && "token" in credentials,
      readOnly,
    })),
    ...(contacts === undefined ? {} : { contacts }),
  };
}
