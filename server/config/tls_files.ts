import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { systemReason } from "../local/durable_file";
import type { ConfigFault } from "./config_fault";
import type { ClusterEntry } from "./config_schema";
import type { Locate } from "./schema_faults";

/** What TLS towards a cluster is made of, in PEM. */
export interface TlsMaterial {
  /** Absent: the system's certificates are trusted. */
  readonly ca?: string;
  /** Client certificate with its key; both or neither. */
  readonly certificate?: string;
  readonly key?: string;
  readonly serverName?: string;
}

/** A certificate that ends within this time is warned about (ms). */
const SOON_MS = 14 * 24 * 3_600_000;
const FILE_BYTES_MAX = 1024 * 1024;

/** A file the configuration names, relative to its folder; or a fault. */
export function readNamedFile(
  path: string,
  folder: string,
  source: ConfigFault["source"],
): { readonly text: string; readonly mode: number } | ConfigFault {
  const whole = isAbsolute(path) ? path : resolve(folder, path);
  try {
    const { size, mode } = statSync(whole);
    if (size > FILE_BYTES_MAX) throw new Error("it is over 1 MiB");
    return { text: readFileSync(whole, "utf8"), mode };
  } catch (error) {
    return {
      severity: "error",
      source,
      message: `${whole} cannot be read: ${systemReason(error)}.`,
      mend: "Give a file that this user may read; a relative path begins at the configuration file's folder.",
    };
  }
}

/** Reads a cluster's TLS files and looks whether they are what they should be. */
export function readTls(
  entry: ClusterEntry,
  at: readonly (string | number)[],
  folder: string,
  locate: Locate,
  now: number,
): { readonly tls: TlsMaterial | undefined; readonly faults: readonly ConfigFault[] } {
  const faults: ConfigFault[] = [];
  const { tls } = entry;
  if (tls === undefined) return { tls: undefined, faults };
  const source = (key: string) => locate([...at, "tls", key]);
  const read = (key: "ca" | "certificate" | "key") => {
    const path = tls[key];
    if (path === undefined) return undefined;
    const file = readNamedFile(path, folder, source(key));
    if ("text" in file) return file;
    faults.push(file);
    return undefined;
  };
  const ca = read("ca");
  const certificate = read("certificate");
  const key = read("key");
  if (ca !== undefined) faults.push(...certificateFaults(ca.text, source("ca"), now).faults);
  if (tls.certificate !== undefined && tls.key === undefined) {
    faults.push(error(source("certificate"), "A client certificate needs its key.", 'Give "key" too.'));
  }
  if (tls.key !== undefined && tls.certificate === undefined) {
    faults.push(error(source("key"), "A key needs its client certificate.", 'Give "certificate" too.'));
  }
  if (certificate !== undefined) {
    const own = certificateFaults(certificate.text, source("certificate"), now);
    faults.push(...own.faults);
    if (key !== undefined) faults.push(...keyFaults(key, own.first, source("key")));
  }
  const material = {
    ...(ca === undefined ? {} : { ca: ca.text }),
    ...(certificate === undefined ? {} : { certificate: certificate.text }),
    ...(key === undefined ? {} : { key: key.text }),
    ...(tls.serverName === undefined ? {} : { serverName: tls.serverName }),
  };
  return { tls: material, faults };
}

function error(source: ConfigFault["source"], message: string, mend: string): ConfigFault {
  return { severity: "error", source, message, mend };
}

function warning(source: ConfigFault["source"], message: string, mend: string): ConfigFault {
  return { severity: "warning", source, message, mend };
}

function certificateFaults(
  pem: string,
  source: ConfigFault["source"],
  now: number,
): { readonly first: X509Certificate | undefined; readonly faults: ConfigFault[] } {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) {
    const what = /PRIVATE KEY/.test(pem)
      ? "It holds a private key and no certificate."
      : "It holds no certificate in PEM.";
    return {
      first: undefined,
      faults: [error(source, what, 'A certificate begins with "-----BEGIN CERTIFICATE-----".')],
    };
  }
  const faults: ConfigFault[] = [];
  let first: X509Certificate | undefined;
  for (const block of blocks) {
    try {
      const certificate = new X509Certificate(block);
      first ??= certificate;
      faults.push(...validityFaults(certificate, source, now));
    } catch {
      faults.push(error(source, "A certificate in it cannot be parsed.", "Is the file whole?"));
    }
  }
  return { first, faults };
}

function validityFaults(
  certificate: X509Certificate,
  source: ConfigFault["source"],
  now: number,
): ConfigFault[] {
  const who = certificate.subject.replaceAll("\n", ", ") || "without a subject";
  const from = Date.parse(certificate.validFrom);
  const until = Date.parse(certificate.validTo);
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  if (until < now) {
    return [error(source, `The certificate ${who} ended on ${day(until)}.`, "Renew it.")];
  }
  if (from > now) {
    const message = `The certificate ${who} begins on ${day(from)} only.`;
    return [error(source, message, "Wait, or look at this machine's clock.")];
  }
  if (until - now < SOON_MS) {
    return [warning(source, `The certificate ${who} ends on ${day(until)}.`, "Renew it soon.")];
  }
  return [];
}

function keyFaults(
  file: { readonly text: string; readonly mode: number },
  certificate: X509Certificate | undefined,
  source: ConfigFault["source"],
): ConfigFault[] {
  const faults: ConfigFault[] = [];
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey(file.text);
  } catch {
    const encrypted = /ENCRYPTED/.test(file.text);
    const message = encrypted ? "The key is encrypted." : "It holds no private key in PEM that can be read.";
    const mend = encrypted
      ? "Give one without a passphrase, in a file that only this user may read."
      : 'A key begins with "-----BEGIN PRIVATE KEY-----".';
    faults.push(error(source, message, mend));
  }
  if (key !== undefined && certificate !== undefined && !certificate.checkPrivateKey(key)) {
    faults.push(
      error(source, "The key does not belong to the certificate.", "Give the pair that was made together."),
    );
  }
  return [...faults, ...openToOthers(file.mode, source)];
}

/** A secret that every user of the machine may read is none. */
export function openToOthers(mode: number, source: ConfigFault["source"]): ConfigFault[] {
  if (process.platform === "win32" || (mode & 0o077) === 0) return [];
  return [
    warning(source, "Other users of this machine may read the file.", "chmod 600 keeps it to yourself."),
  ];
}
