/** What the command's exit code means; printed by --help. */
export const exitCodes = {
  done: 0,
  /** Refused or failed; nothing was done, or what was to run does not. */
  failed: 1,
  /** The command line itself was wrong. */
  usage: 2,
  /** A change may or may not have been made, and it could not be found out. */
  unknown: 3,
  /** No console answered. */
  unreachable: 4,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
