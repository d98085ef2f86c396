import {
  type ChangedConfig,
  type ConfChangeRefusal,
  enterJoint,
  leaveJoint,
  simpleChange,
} from "../confchange/changer";
import { describeConfig, parseChanges } from "../confchange/notation";
import { describeProgress } from "../describe";
import { Tracker } from "../tracker/tracker";
import type { ConfChangeSingle } from "../types";
import { Arguments } from "./arguments";
import { type Directive, UsageError } from "./datadriven";
import type { Commands } from "./quorum_commands";

const INFLIGHT_MESSAGES_MAX = 10;

/**
 * `simple`, `enter-joint [autoleave=BOOL]` and `leave-joint`, with changes such as "v1 l2 r3 u4" as input. Prints the
 * configuration and the progress of every member. A clock of commands stands in for the log's last index, so that a
 * member's `next` shows when it came.
 */
export class ConfChangeCommands implements Commands {
  static readonly names: ReadonlySet<string> = new Set(["simple", "enter-joint", "leave-joint"]);

  readonly #tracker = new Tracker(INFLIGHT_MESSAGES_MAX, 0);
  #lastIndex = 0;

  run({ command, args, input }: Directive): string {
    const given = new Arguments(args);
    const autoLeave = command === "enter-joint" ? (given.boolean("autoleave") ?? false) : false;
    given.done();
    const changes = parseChanges(input);
    if (typeof changes === "string") throw new UsageError(changes);
    if (command === "leave-joint" && changes.length > 0) throw new UsageError("leave-joint takes no input");
    const lastIndex = this.#lastIndex++;
    const result = this.#change(command, autoLeave, changes);
    if (result.kind === "refused") return `${result.detail}\n`;
    this.#tracker.switchTo(result, lastIndex);
    const members = this.#tracker.ids.map((id) => {
      const view = this.#tracker.get(id)?.view(id);
      return view === undefined ? "" : `${id}: ${describeProgress(view)}\n`;
    });
    return `${describeConfig(this.#tracker.config)}\n${members.join("")}`;
  }

  #change(
    command: string,
    autoLeave: boolean,
    changes: readonly ConfChangeSingle[],
  ): ChangedConfig | ConfChangeRefusal {
    const { config } = this.#tracker;
    if (command === "simple") return simpleChange(config, changes);
    if (command === "enter-joint") return enterJoint(config, autoLeave, changes);
    return leaveJoint(config);
  }
}
