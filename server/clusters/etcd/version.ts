/** Major, minor and patch. */
export type Version = readonly [number, number, number];

/** Reads "3.6.14" or "3.6.0-rc.4"; undefined where it is none. */
export function parseVersion(text: string): Version | undefined {
  const match = /^v?(\d+)\.(\d+)\.(\d+)/.exec(text);
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3])];
}

function compare(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

/** Whether a version is older than `limit`; false where it cannot be read. */
export function isBefore(text: string, limit: Version): boolean {
  const version = parseVersion(text);
  return version !== undefined && compare(version, limit) < 0;
}

/**
 * Whether a version lacks a fix that came to several release lines: `fixed` names the first good one of each line, ascending.
 * A line before the first named one never got it; one after the last has it.
 */
export function lacksFix(text: string, fixed: readonly Version[]): boolean {
  const version = parseVersion(text);
  const [first] = fixed;
  const last = fixed.at(-1);
  if (version === undefined || first === undefined || last === undefined) return false;
  const line = fixed.find(([major, minor]) => major === version[0] && minor === version[1]);
  if (line !== undefined) return compare(version, line) < 0;
  return compare(version, first) < 0 || compare(version, last) < 0;
}
