import {
  type CreatePlanBody,
  DEADLINE_HEADER,
  planAnswerSchema,
  REQUEST_ID_HEADER,
} from "../../protocol/api";
import type { Assessment } from "../../protocol/assess";
import { assessReplace } from "../../protocol/assess_replace";
import { planDoing } from "../../protocol/plan_words";
import { namesOf } from "../../protocol/words";
import type { Parsed } from "./arguments";
import { changeLimits, changeOptions, clientOptions, openSession, tellTrouble } from "./client_options";
import type { Command, Surroundings } from "./command";
import { confirm } from "./confirm";
import { type ExitCode, exitCodes } from "./exit_codes";
import { memberId, memberOperand } from "./member_word";
import { type Attached, checked, isTrouble, type Trouble } from "./session";

const { "if-match": _fence, force: _force, ...planOptions } = changeOptions;

/** A guided plan, ready to be made. `assessment`: what it comes to, where there is something to weigh. */
export interface PlanProposal {
  readonly plan: CreatePlanBody;
  readonly assessment: Assessment | undefined;
}

/** Makes a guided plan. A repeat with the same request id is the same plan, so another console may be asked after a lost answer. */
export async function runPlan(
  parsed: Parsed,
  surroundings: Surroundings,
  propose: (attached: Attached) => PlanProposal | Trouble,
): Promise<ExitCode> {
  const session = openSession(parsed, surroundings);
  if (typeof session === "number") return session;
  const attached = await session.attach();
  if (isTrouble(attached)) return tellTrouble(attached, parsed, surroundings);
  if (!attached.capabilities.guided.ok) {
    surroundings.err(`${attached.capabilities.guided.reason}\n`);
    return exitCodes.failed;
  }
  const proposal = propose(attached);
  if (isTrouble(proposal)) return tellTrouble(proposal, parsed, surroundings);
  const { plan, assessment } = proposal;
  if (assessment !== undefined && (await confirm(assessment, parsed, surroundings)) === "no")
    return exitCodes.failed;
  const { requestId, timeoutMs } = changeLimits(parsed);
  const headers = { [REQUEST_ID_HEADER]: requestId, [DEADLINE_HEADER]: String(timeoutMs) };
  const call = { method: "POST", headers, body: plan, timeoutMs: timeoutMs + 3000 } as const;
  const path = `/api/clusters/${encodeURIComponent(attached.cluster)}/plans`;
  const result = await session.send(call, path, true);
  const answer = checked(result, planAnswerSchema, result.url);
  if (isTrouble(answer)) {
    const unknown = result.kind === "unanswered" || isUnknown(answer);
    if (!unknown) return tellTrouble(answer, parsed, surroundings);
    surroundings.err(
      `No answer: the plan may have been made. Repeat the command with --request-id ${requestId}: it is made once.\n`,
    );
    return exitCodes.unknown;
  }
  if (parsed.flags.has("json")) surroundings.out(`${JSON.stringify(answer)}\n`);
  else {
    const doing = planDoing(plan, namesOf(attached.status.members));
    surroundings.out(
      `Plan made: ${doing}. The cluster carries it out; \`rollcall members\` shows how far it is.\n`,
    );
  }
  return exitCodes.done;
}

function isUnknown(trouble: Trouble): boolean {
  return trouble.kind === "problem" && trouble.problem.code === "outcome-unknown";
}

/** `rollcall replace`. */
export const replace: Command = {
  name: "replace",
  summary: "Replace a voter by a learner, once that has caught up.",
  description: [
    "Makes a plan that the cluster carries out by itself: it waits until the learner has caught up, moves leadership away where the voter leads, and then lets the learner vote and the voter leave in one change. It goes on after a restart and an election; the page shows it, and can pause and stop it.",
    "Add the learner first (rollcall add-learner).",
  ],
  operands: [memberOperand],
  options: {
    ...clientOptions,
    with: {
      value: "LEARNER",
      help: "The learner that takes the vote: its name or id.",
      check: memberOperand.check,
    },
    ...planOptions,
  },
  examples: ["rollcall replace n3 --with n4"],
  run(parsed, surroundings) {
    const word = parsed.text.with;
    if (word === undefined) {
      surroundings.err("By which learner? Give --with LEARNER; `rollcall add-learner` adds one.\n");
      return Promise.resolve(exitCodes.usage);
    }
    return runPlan(parsed, surroundings, (attached) => {
      const { status, capabilities, cluster } = attached;
      const target = memberId(parsed.operands[0] ?? "", attached);
      if (typeof target !== "string") return target;
      const learner = memberId(word, attached);
      if (typeof learner !== "string") return learner;
      const { configuration, members, leadership, changeInProgress, loopbackOnly } = status;
      const nameOf = namesOf(members);
      const facts = {
        configuration,
        members,
        leadership,
        changeInProgress,
        loopbackOnly,
        capabilities,
        cluster,
      };
      const { swap, lead } = assessReplace({
        ...facts,
        target,
        learner: { id: learner, name: nameOf(learner) },
      });
      const { danger } = swap.dialog;
      const name = nameOf(target);
      const dialog = {
        title: `Replace voter ${name} by ${nameOf(learner)}`,
        lead,
        primary: `Replace ${name}`,
        danger,
      };
      return { plan: { kind: "replace", learner, target }, assessment: { ...swap, dialog } };
    });
  },
};
