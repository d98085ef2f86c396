import type { Directive } from "./datadriven";
import type { Commands } from "./quorum_commands";
export class InteractionCommands implements Commands {
  static readonly names: ReadonlySet<string> = new Set(["add-nodes"]);
  run(directive: Directive): string {
    return `${directive.command}: not there yet`;
  }
}
