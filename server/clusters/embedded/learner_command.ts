import { shellWord } from "../../../protocol/command_line";

/** What it takes to start a learner on another machine. */
export interface LearnerStart {
  readonly name: string;
  /** host:port the learner listens on for peers. */
  readonly address: string;
  /** host:port of a member to join through. */
  readonly via: string;
  readonly token: string;
}

/**
 * The exact command that starts a learner elsewhere. The token stands in the environment: an argument list can be read by
 * everybody on the machine.
 */
export function learnerCommand(start: LearnerStart): string {
  const words = ["npx", "--no-install", "rollcall", "node", "--data-dir", `./${start.name}`];
  words.push("--join", start.via, "--listen", start.address);
  return `ROLLCALL_JOIN_TOKEN=${shellWord(start.token)} ${words.map(shellWord).join(" ")}`;
}
