/**
 * Where this console is mounted: "" or "/rollcall". The build has a mark in its place, which the console that serves the page
 * replaces; development and tests have none.
 */
export const basePath: string = process.env.ROLLCALL_BASE_PATH ?? "";

/** A path without the console's own mount point. */
export function withoutBasePath(path: string): string {
  return basePath !== "" && path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : path;
}
