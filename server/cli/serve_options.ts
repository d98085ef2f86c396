import { CONFIG_FILE, DATA_DIR } from "../config/settings";
import { DEFAULT_PORT } from "../local/ports";
import { type OptionSpec, wholeNumber } from "./arguments";

/** Flags that say which clusters a console watches, and how it reaches them. Each has a variable: --etcd-ca is ROLLCALL_ETCD_CA. */
export const clusterOptions: Readonly<Record<string, OptionSpec>> = {
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
  "d-engine": {
    value: "[NAME=]HOST:PORT,HOST:PORT",
    help: "A d-engine cluster by its nodes: every one of them, since each only knows its own view.",
  },
  "d-engine-ca": {
    value: "FILE",
    help: "Certificates that sign those of d-engine, with https:// endpoints.",
  },
  "d-engine-server-name": { value: "NAME", help: "The name in d-engine's certificates." },
};

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
  "read-only": { help: "The console shows everything and changes nothing." },
  "trusted-origins": {
    value: "URL,URL",
    help: "Further origins whose pages may act, such as that of a proxy.",
  },
  "trusted-hosts": { value: "HOST,HOST", help: "Further names that requests may be addressed to." },
};
