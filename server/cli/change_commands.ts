import { parseFence } from "../../protocol/membership";
import { problem } from "../../protocol/problem";
import type { Trouble } from "../consoles/session";
import { type ChangeScene, type Proposal, runChange } from "./change";
import { changeOptions, clientOptions } from "./client_options";
import type { Command } from "./command";
import { exitCodes } from "./exit_codes";
import { memberId, memberOperand } from "./member_word";
import { runPlan } from "./plan_commands";

const options = { ...clientOptions, ...changeOptions };

/** Ends the description of every change. */
export const fenced =
  "The change carries a fence: the membership it was decided on. If the cluster moved on meanwhile, nothing is done.";

/** Promote and demote differ in words only. */
function roleCommand(kind: "promote" | "demote", summary: string, what: string): Command {
  return {
    name: kind,
    summary,
    description: [what, fenced],
    operands: [memberOperand],
    options,
    examples: [`rollcall ${kind} n4`, `rollcall ${kind} 4 --if-match 8c1f0e9a2b7d4c55:56 --yes`],
    run: (parsed, surroundings) =>
      runChange(parsed, surroundings, ({ attached }) => {
        const id = memberId(parsed.operands[0] ?? "", attached);
        if (typeof id !== "string") return id;
        return { change: { kind, id }, method: "POST", path: `/members/${id}/${kind}`, body: {} };
      }),
  };
}

const promoteNow = roleCommand(
  "promote",
  "Make a learner a voter.",
  "Makes a learner a voter. Refused while it is more than 100 entries behind or was not heard from within a second.",
);

export const promote: Command = {
  ...promoteNow,
  options: {
    ...promoteNow.options,
    "when-caught-up": { help: "Let the cluster wait until it has caught up, and promote it then by itself." },
  },
  examples: [...promoteNow.examples, "rollcall promote n4 --when-caught-up"],
  run(parsed, surroundings) {
    if (!parsed.flags.has("when-caught-up")) return promoteNow.run(parsed, surroundings);
    if (parsed.text["if-match"] !== undefined) {
      surroundings.err("--when-caught-up goes on as the membership changes, so it takes no --if-match.\n");
      return Promise.resolve(exitCodes.usage);
    }
    return runPlan(parsed, surroundings, (attached) => {
      const learner = memberId(parsed.operands[0] ?? "", attached);
      if (typeof learner !== "string") return learner;
      return { plan: { kind: "promote", learner }, assessment: undefined };
    });
  },
};

export const demote = roleCommand(
  "demote",
  "Make a voter a learner.",
  "Makes a voter a learner: it keeps receiving the log and loses its vote. Refused where quorum would be lost.",
);

export const remove: Command = {
  name: "remove",
  summary: "Take a member out of the cluster; its id is retired.",
  description: [
    "Removes a voter or a learner. Refused where quorum would be lost; a dead voter may always be removed while quorum holds.",
    fenced,
  ],
  operands: [memberOperand],
  options: {
    ...options,
    "stop-process": {
      help: "Where the console runs the member's process (rollcall up), stop it and set its data aside.",
    },
  },
  examples: ["rollcall remove n3", "rollcall remove n4 --stop-process --yes"],
  run: (parsed, surroundings) =>
    runChange(parsed, surroundings, ({ attached }) => {
      const id = memberId(parsed.operands[0] ?? "", attached);
      if (typeof id !== "string") return id;
      const body = parsed.flags.has("stop-process") ? { stopProcess: true } : {};
      return { change: { kind: "remove", id }, method: "DELETE", path: `/members/${id}`, body };
    }),
};

export const transfer: Command = {
  name: "transfer",
  summary: "Move leadership to another voter.",
  description: [
    "Asks the leader to hand over. Writes pause briefly; membership does not change. Nothing is done if another node leads by then, or a later term is in force.",
  ],
  operands: [memberOperand],
  options,
  examples: ["rollcall transfer n2"],
  run: (parsed, surroundings) => runChange(parsed, surroundings, proposeTransfer),
};

function proposeTransfer({ attached, view, parsed }: ChangeScene): Proposal | Trouble {
  const { status } = attached;
  const target = memberId(parsed.operands[0] ?? "", attached);
  if (typeof target !== "string") return target;
  const fence = parseFence(parsed.text["if-match"] ?? "");
  const { epoch, snapshot } = view;
  if (fence !== undefined && (fence.epoch !== epoch || fence.committedIndex !== snapshot.committedIndex)) {
    const now = `${epoch}:${snapshot.committedIndex}`;
    const detail = `The membership is ${now} by now; nothing was done.`;
    return { kind: "problem", problem: problem("fence-lost", detail, { membership: view }) };
  }
  const { id: leader, term } = status.leadership;
  return {
    change: { kind: "transfer", id: target },
    method: "POST",
    path: "/leader",
    body: { target, leader, term },
  };
}
