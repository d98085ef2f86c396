/** The command, bundled into one file. */
export const bundlePath: string;
/** The page, as static files. */
export const pagePath: string;
/** A build that failed; `message` is for the reader. */
export class BuildError extends Error {}
/** Makes an output unless it is current; whether it had to be made. */
export function ensureBuilt(
  name: "backend" | "engine" | "page",
  options?: { readonly say?: (text: string) => void; readonly force?: boolean },
): Promise<boolean>;
