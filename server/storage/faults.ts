import type { IoError } from "./file_system";

/**
 * Why a data directory was not created or opened. `message` is one clear sentence or two: what is wrong, where, what to do.
 * - `missing`: no data there, where there must be some.
 * - `exists`: data there, where new data was to be made.
 * - `locked`: another live process holds the directory; `pid` if it could be learned.
 * - `other-cluster`, `other-node`: the data belongs to someone else.
 * - `unknown-version`: written by another version of this program.
 * - `damaged`: the bytes at `offset` of `path` are not what was written, or do not fit together.
 * - `io`: the system refused a call; `code` is its name for the error.
 */
export type OpenFault =
  | {
      readonly kind: "missing" | "exists" | "other-cluster" | "other-node" | "unknown-version";
      readonly path: string;
      readonly message: string;
    }
  | {
      readonly kind: "locked";
      readonly path: string;
      readonly pid: number | undefined;
      readonly message: string;
    }
  | { readonly kind: "damaged"; readonly path: string; readonly offset: number; readonly message: string }
  | { readonly kind: "io"; readonly path: string; readonly code: string; readonly message: string };

const OPEN_FAULTS: ReadonlySet<unknown> = new Set<OpenFault["kind"]>([
  "missing",
  "exists",
  "locked",
  "other-cluster",
  "other-node",
  "unknown-version",
  "damaged",
  "io",
]);

/** Whether opening or creating answered with a fault. */
export function isOpenFault(value: unknown): value is OpenFault {
  return typeof value === "object" && value !== null && "kind" in value && OPEN_FAULTS.has(value.kind);
}

/** Data that cannot be trusted. It names no repair: a cut or a patch could drop what the node has promised. */
export function damaged(path: string, offset: number, detail: string): OpenFault {
  return {
    kind: "damaged",
    path,
    offset,
    message:
      `${path} is damaged at byte ${offset}: ${detail}. This node cannot be started from it any more: ` +
      "remove the node from the cluster and add a new one with a new id and an empty directory.",
  };
}

/** A file of a format that this program does not know. */
export function unknownVersion(path: string, version: number): OpenFault {
  return {
    kind: "unknown-version",
    path,
    message: `${path} has format version ${version}, which this version of rollcall does not know: start it with the version that wrote it.`,
  };
}

/** Runs synchronous disk calls; an error of the system becomes a fault about `path`, any other exception passes. */
export function catchIo<T>(path: string, action: () => T): T | OpenFault {
  try {
    return action();
  } catch (error) {
    if (!isIoError(error)) throw error;
    return ioFault(path, error);
  }
}

/** Whether an exception is the system's refusal of a call. */
export function isIoError(error: unknown): error is IoError & { readonly code: string } {
  return error instanceof Error && "code" in error && typeof error.code === "string" && "syscall" in error;
}

/** A refusal of the system, as a value. */
export function ioFault(path: string, error: IoError): OpenFault {
  const code = error.code ?? "EIO";
  const where = error.path ?? path;
  const advice =
    code === "EACCES" || code === "EPERM" || code === "EROFS"
      ? "make it readable and writable for the user that runs this node"
      : code === "ENOSPC" || code === "EDQUOT"
        ? "free some space and start again"
        : "check the disk and start again";
  return { kind: "io", path: where, code, message: `Cannot use ${where} (${error.message}): ${advice}.` };
}
