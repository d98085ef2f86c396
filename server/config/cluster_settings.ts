import type { ConfigFault } from "./config_fault";
import type { ClusterEntry } from "./config_schema";
import { type Credentials, type Environment, readCredentials } from "./credentials";
import type { DeclaredCluster } from "./given_clusters";
import { readTls, type TlsMaterial } from "./tls_files";

/** One cluster to attach to, with everything read that its configuration names. */
export interface ClusterSettings {
  readonly name: string;
  readonly kind: ClusterEntry["kind"];
  /** etcd: URLs; d-engine: host:port or URLs; embedded: URLs of consoles. */
  readonly endpoints: readonly string[];
  readonly tls: TlsMaterial | undefined;
  readonly credentials: Credentials | undefined;
  readonly readOnly: boolean;
}

/** Reads what a cluster's entry names, and looks whether its parts fit together. */
export function settingsOfCluster(
  { entry, at, locate, folder }: DeclaredCluster,
  env: Environment,
  now: number,
): { readonly settings: ClusterSettings; readonly faults: readonly ConfigFault[] } {
  const { tls, faults: tlsFaults } = readTls(entry, at, folder, locate, now);
  const { credentials, faults: credentialFaults } = readCredentials(entry, at, folder, locate, env);
  const faults = [...tlsFaults, ...credentialFaults];
  const schemes = new Set(entry.endpoints.map((endpoint) => endpoint.startsWith("https://")));
  if (schemes.size > 1) {
    const message = "Some endpoints are https and others are not.";
    faults.push({
      severity: "warning",
      source: locate([...at, "endpoints"]),
      message,
      mend: "Use one of the two.",
    });
  }
  if (entry.tls !== undefined && !schemes.has(true)) {
    const message = "The files of TLS are used for https endpoints only, and there are none.";
    const mend = "Write https:// before the endpoints, or leave them out.";
    faults.push({ severity: "error", source: locate([...at, "tls"]), message, mend });
  }
  for (const [index, endpoint] of entry.endpoints.entries()) {
    if (credentials === undefined || !endpoint.startsWith("http://") || isHere(endpoint)) continue;
    const message = "The credentials would cross the network in the clear.";
    const source = locate([...at, "endpoints", index]);
    faults.push({ severity: "warning", source, message, mend: "Use https." });
  }
  const { name, kind, endpoints, readOnly = false } = entry;
  return { settings: { name, kind, endpoints, tls, credentials, readOnly }, faults };
}

function isHere(endpoint: string): boolean {
  return /^http:\/\/(localhost|127(\.\d{1,3}){3}|\[::1\]):/.test(endpoint);
}
