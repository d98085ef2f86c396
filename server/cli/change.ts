import {
  type ChangedAnswer,
  changedAnswerSchema,
  DEADLINE_HEADER,
  FORCE_HEADER,
  type MemberChange,
  REQUEST_ID_HEADER,
} from "../../protocol/api";
import { type Assessment, assessChange } from "../../protocol/assess";
import { etagOf, type MembershipView, membershipViewSchema, parseFence } from "../../protocol/membership";
import {
  appliedSentence,
  type CommandedChange,
  doingWords,
  NOT_APPLIED,
  namesOf,
  outcomeUnknownSentence,
} from "../../protocol/words";
import type { HttpCall } from "../consoles/console_http";
import {
  type Attached,
  checked,
  isTrouble,
  leavesDoubt,
  type Session,
  type Trouble,
} from "../consoles/session";
import type { Parsed } from "./arguments";
import { type ChangeLimits, changeLimits, openSession, tellTrouble } from "./client_options";
import type { Surroundings } from "./command";
import { confirm, yesOrNo } from "./confirm";
import { type ExitCode, exitCodes } from "./exit_codes";
import { settle } from "./settle";

/** One change, ready to be sent. */
export interface Proposal {
  readonly change: CommandedChange;
  readonly method: HttpCall["method"];
  /** Below /api/clusters/NAME. */
  readonly path: string;
  readonly body: unknown;
  /** Beyond the request's own deadline (ms). */
  readonly extraMs?: number;
}

/** What a change command works with once a console was found. */
export interface ChangeScene {
  readonly session: Session;
  readonly attached: Attached;
  readonly view: MembershipView;
  readonly parsed: Parsed;
}

/** Runs a change from the command line to its outcome. `propose` makes of the words what is to be sent. */
export async function runChange(
  parsed: Parsed,
  surroundings: Surroundings,
  propose: (scene: ChangeScene) => Promise<Proposal | Trouble> | Proposal | Trouble,
): Promise<ExitCode> {
  const session = openSession(parsed, surroundings);
  if (typeof session === "number") return session;
  const attached = await session.attach();
  if (isTrouble(attached)) return tellTrouble(attached, parsed, surroundings);
  const base = `/api/clusters/${encodeURIComponent(attached.cluster)}`;
  const view = await session.read(`${base}/membership`, membershipViewSchema);
  if (isTrouble(view)) return tellTrouble(view, parsed, surroundings);
  const scene = { session, attached, view, parsed };
  const proposal = await propose(scene);
  if (isTrouble(proposal)) return tellTrouble(proposal, parsed, surroundings);
  if (proposal.change.kind !== "transfer" && parsed.text["if-match"] === undefined) {
    surroundings.err(`Fence: ${etagOf(view).replaceAll('"', "")}, read now.\n`);
  }
  if ((await ask(scene, proposal, surroundings)) === "no") return exitCodes.failed;
  return carryOut(scene, proposal, surroundings);
}

function ask(scene: ChangeScene, { change }: Proposal, surroundings: Surroundings) {
  const { attached, parsed } = scene;
  const { members } = attached.status;
  if (change.kind === "transfer") {
    if (surroundings.ask === undefined || parsed.flags.has("yes")) return "yes" as const;
    const name = namesOf(members)(change.id);
    const question = `Transfer leadership to ${name}? Writes pause briefly. [y/N] `;
    return yesOrNo(question, surroundings);
  }
  if (change.kind === "update-address") {
    if (surroundings.ask === undefined || parsed.flags.has("yes")) return "yes" as const;
    const question = `Let the peers of ${namesOf(members)(change.id)} dial it at ${change.peerUrls.join(", ")}? Nothing checks that it listens there. [y/N] `;
    return yesOrNo(question, surroundings);
  }
  return confirm(assessmentOf(scene, change), parsed, surroundings);
}

function assessmentOf({ attached }: ChangeScene, change: MemberChange): Assessment {
  const { configuration, members, leadership, changeInProgress, loopbackOnly } = attached.status;
  const { capabilities, cluster } = attached;
  const facts = { configuration, members, leadership, changeInProgress, loopbackOnly, capabilities, cluster };
  return assessChange({ ...facts, changes: [change] });
}

/** Whether a change is one of membership, so that it can be weighed. */
function changesVotes(change: CommandedChange): change is CommandedChange & MemberChange {
  return change.kind !== "transfer" && change.kind !== "update-address";
}

/** Asked for by name, and given at the terminal or with --confirm: the header that forces. */
function forceHeader(scene: ChangeScene, { change }: Proposal): Record<string, string> {
  if (!scene.parsed.flags.has("force") || !changesVotes(change)) return {};
  const { force } = assessmentOf(scene, change);
  return force === undefined ? {} : { [FORCE_HEADER]: force.typeName };
}

/** A process has to start before its learner is proposed: this much longer (ms). */
export const START_HERE_MS = 20_000;

/** Sends a change that was agreed to, and follows it to its outcome. */
export async function carryOut(
  scene: ChangeScene,
  proposal: Proposal,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { session, attached, view, parsed } = scene;
  const limits = changeLimits(parsed);
  const deadlineAt = performance.now() + limits.timeoutMs + (proposal.extraMs ?? 0);
  const headers = { "if-match": fenceOf(parsed, view), ...forceHeader(scene, proposal) };
  const call = toCall(proposal, limits, headers);
  const result = await session.send(
    call,
    `/api/clusters/${encodeURIComponent(attached.cluster)}${proposal.path}`,
  );
  const nameOf = namesOf(attached.status.members);
  const answer = checked(result, changedAnswerSchema, result.url);
  if (!isTrouble(answer)) return tellDone(answer, proposal, scene, surroundings);
  if (!leavesDoubt(result)) return tellTrouble(answer, parsed, surroundings);
  if (!parsed.flags.has("json")) {
    surroundings.err(`${outcomeUnknownSentence(doingWords(proposal.change, nameOf))}\n`);
  }
  const settled = await settle(session, attached.cluster, limits.requestId, deadlineAt);
  return tellSettled(settled, limits.requestId, parsed, surroundings);
}

function fenceOf(parsed: Parsed, view: MembershipView): string {
  const given = parseFence(parsed.text["if-match"] ?? "");
  return given === undefined ? etagOf(view) : `"${given.epoch}:${given.committedIndex}"`;
}

function toCall(
  proposal: Proposal,
  limits: ChangeLimits,
  headers: Readonly<Record<string, string>>,
): Omit<HttpCall, "url"> {
  return {
    method: proposal.method,
    headers: {
      ...headers,
      [REQUEST_ID_HEADER]: limits.requestId,
      [DEADLINE_HEADER]: String(limits.timeoutMs),
    },
    body: proposal.body,
    // The console itself answers "unknown" at the deadline; this is for a console that answers no more.
    timeoutMs: limits.timeoutMs + (proposal.extraMs ?? 0) + 3000,
  };
}

/** `assigned`: the cluster picks ids, so none is ever used again. */
const done: Record<
  Exclude<CommandedChange["kind"], "transfer">,
  (name: string, assigned: boolean) => string
> = {
  "add-learner": (name) => `${name} is a learner.`,
  promote: (name) => `${name} is a voter.`,
  demote: (name) => `${name} is a learner.`,
  remove: (name, assigned) => `${name} is removed${assigned ? "" : "; its id is retired"}.`,
  "update-address": (name) => `Its peers dial ${name} at the new URLs.`,
};

function tellDone(
  answer: ChangedAnswer,
  { change }: Proposal,
  { attached, parsed }: ChangeScene,
  surroundings: Surroundings,
): ExitCode {
  const nameOf = namesOf(attached.status.members);
  const assigned = attached.capabilities.learner.id === "assigned";
  if (parsed.flags.has("json")) {
    surroundings.out(`${JSON.stringify(answer)}\n`);
    return exitCodes.done;
  }
  const name = answer.learner?.name || nameOf(answer.learner?.id ?? change.id);
  if (change.kind === "transfer") {
    surroundings.out(`${name} leads term ${answer.leader?.term ?? "?"}.\n`);
    return exitCodes.done;
  }
  surroundings.out(`${appliedSentence(answer.index)} ${done[change.kind](name, assigned)}\n`);
  const { learner } = answer;
  if (learner?.command !== undefined) {
    const { tokenExpiresInMs } = learner;
    const how =
      tokenExpiresInMs === undefined
        ? learner.command.includes("\n")
          ? "Start a node with this in its configuration file"
          : "Start it with"
        : `Start it within ${Math.floor(tokenExpiresInMs / 60_000)} min (the token is good once)`;
    surroundings.out(`${how}:\n${learner.command}\n`);
  }
  return exitCodes.done;
}

function tellSettled(
  settled: Awaited<ReturnType<typeof settle>>,
  requestId: string,
  parsed: Parsed,
  surroundings: Surroundings,
): ExitCode {
  const outcome = settled ?? { state: "unknown" as const };
  if (parsed.flags.has("json")) surroundings.out(`${JSON.stringify({ requestId, ...outcome })}\n`);
  switch (outcome.state) {
    case "applied":
      if (!parsed.flags.has("json")) surroundings.out(`${appliedSentence(outcome.index)}\n`);
      return exitCodes.done;
    case "rejected":
      surroundings.err(`${NOT_APPLIED} Turned down at index ${outcome.index}: ${outcome.reason}\n`);
      return exitCodes.failed;
    case "not-applied":
      surroundings.err(`${NOT_APPLIED}\n`);
      return exitCodes.failed;
    case "unknown":
      surroundings.err(
        `Still unknown: no leader could be asked. Once there is one, repeat the command with --request-id ${requestId}: it is never made twice.\n`,
      );
      return exitCodes.unknown;
  }
}
