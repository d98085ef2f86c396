import { addressSchema, memberNameSchema, nextLearnerSchema } from "../../protocol/api";
import { memberIdSchema, parseFence } from "../../protocol/membership";
import { problem } from "../../protocol/problem";
import { type ChangeScene, type Proposal, runChange } from "./change";
import { changeOptions, clientOptions } from "./client_options";
import type { Command } from "./command";
import { exitCodes } from "./exit_codes";
import { memberId, memberOperand } from "./member_word";
import { runPlan } from "./plan_commands";
import { isTrouble, type Trouble } from "./session";

const options = { ...clientOptions, ...changeOptions };

const fenced =
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
        const id = memberId(parsed.operands[0] ?? "", attached.status);
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
    return runPlan(parsed, surroundings, ({ status }) => {
      const learner = memberId(parsed.operands[0] ?? "", status);
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
      const id = memberId(parsed.operands[0] ?? "", attached.status);
      if (typeof id !== "string") return id;
      const body = parsed.flags.has("stop-process") ? { stopProcess: true } : {};
      return { change: { kind: "remove", id }, method: "DELETE", path: `/members/${id}`, body };
    }),
};

export const addLearner: Command = {
  name: "add-learner",
  summary: "Add a member without a vote.",
  description: [
    "Adds a learner: it receives the log and has no vote; voters, quorum and tolerance stay. Promote it once it caught up.",
    "With --here the console's machine starts it (only under `rollcall up`). Otherwise --address says where it will listen, and the answer is the command that starts it there, with a join token that is good once and for 15 minutes.",
    fenced,
  ],
  operands: [],
  options: {
    ...options,
    here: { help: "Start it on the console's machine; id, name and address are picked unless given." },
    address: { value: "HOST:PORT", help: "Where it listens for peers.", check: because(addressSchema) },
    name: {
      value: "NAME",
      help: "What it is called.",
      check: because(memberNameSchema),
      fallback: "n and its id",
    },
    id: {
      value: "ID",
      help: "Its id; one that was removed is never used again.",
      check: because(memberIdSchema),
      fallback: "the next free one",
    },
  },
  examples: ["rollcall add-learner --here", "rollcall add-learner --address 10.0.0.4:7500 --name n4"],
  run(parsed, surroundings) {
    if (!parsed.flags.has("here") && parsed.text.address === undefined) {
      surroundings.err(
        "Where will it listen? Give --address HOST:PORT, or --here to start it on the console's machine.\n",
      );
      return Promise.resolve(exitCodes.usage);
    }
    return runChange(parsed, surroundings, proposeLearner);
  },
};

async function proposeLearner({ session, attached, parsed }: ChangeScene): Promise<Proposal | Trouble> {
  const here = parsed.flags.has("here");
  const { id, name, address } = parsed.text;
  let shownId = id;
  if (shownId === undefined) {
    const path = `/api/clusters/${encodeURIComponent(attached.cluster)}/learners/next`;
    const next = await session.read(path, nextLearnerSchema);
    if (isTrouble(next)) return next;
    shownId = next.id;
  }
  const wish = { id, name, address, start: here ? "local" : undefined };
  return {
    change: { kind: "add-learner", id: shownId, name: name ?? `n${shownId}`, address },
    method: "POST",
    path: "/learners",
    body: wish,
    // A process has to start before the learner is proposed.
    extraMs: here ? 20_000 : 0,
  };
}

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
  const target = memberId(parsed.operands[0] ?? "", status);
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

/** A zod schema as the check of a flag. */
function because(schema: {
  safeParse(text: string): { success: boolean; error?: { issues: readonly { message: string }[] } };
}): (text: string) => string | undefined {
  return (text) => {
    const result = schema.safeParse(text);
    return result.success ? undefined : `cannot be used (${result.error?.issues[0]?.message ?? "not valid"})`;
  };
}
