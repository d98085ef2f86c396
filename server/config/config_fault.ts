import type { JsonPath, Place } from "./json_places";

/** Where a setting comes from: a file, a flag or the environment. */
export type SettingSource =
  | { readonly kind: "file"; readonly file: string; readonly path: JsonPath; readonly place: Place }
  | { readonly kind: "flag"; readonly name: string }
  | { readonly kind: "environment"; readonly name: string };

/** Something wrong with the configuration: where, what, and how to mend it. A warning does not keep the console from starting. */
export interface ConfigFault {
  readonly severity: "error" | "warning";
  readonly source: SettingSource;
  /** One sentence: what is wrong. It never holds a secret. */
  readonly message: string;
  /** One sentence: what to do about it. */
  readonly mend: string;
}

/** A path as people write it: clusters[0].tls.ca; "" for the whole file. */
export function pathWords(path: JsonPath): string {
  let words = "";
  for (const part of path) {
    if (typeof part === "number") words += `[${part}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(part)) words += words === "" ? part : `.${part}`;
    else words += `[${JSON.stringify(part)}]`;
  }
  return words;
}

/** Where it is: "rollcall.config.json:7:15 clusters[0].tls.ca", "--etcd", "ROLLCALL_PORT". */
export function sourceWords(source: SettingSource): string {
  if (source.kind === "flag") return `--${source.name}`;
  if (source.kind === "environment") return source.name;
  const where = `${source.file}:${source.place.line}:${source.place.column}`;
  return source.path.length === 0 ? where : `${where} ${pathWords(source.path)}`;
}

/** A fault in one paragraph. */
export function faultWords({ severity, source, message, mend }: ConfigFault): string {
  return `${sourceWords(source)}: ${severity === "warning" ? "warning: " : ""}${message} ${mend}`;
}
