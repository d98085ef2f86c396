import {
  type CreatePlanBody,
  DEADLINE_HEADER,
  memberNameSchema,
  nextLearnerSchema,
  planAnswerSchema,
  REQUEST_ID_HEADER,
} from "../../protocol/api";
import type { Assessment } from "../../protocol/assess";
import { assessReplace } from "../../protocol/assess_replace";
import { type MemberId, membershipViewSchema } from "../../protocol/membership";
import { planDoing } from "../../protocol/plan_words";
import { namesOf } from "../../protocol/words";
import {
  type Attached,
  checked,
  isTrouble,
  leavesDoubt,
  type Session,
  type Trouble,
} from "../consoles/session";
import type { Parsed } from "./arguments";
import { carryOut, START_HERE_MS } from "./change";
import { changeLimits, changeOptions, clientOptions, openSession, tellTrouble } from "./client_options";
import type { Command, Surroundings } from "./command";
import { confirm } from "./confirm";
import { type ExitCode, exitCodes } from "./exit_codes";
import { memberId, memberOperand } from "./member_word";
import { because, peerUrlsOption, splitUrls } from "./peer_urls";

const { "if-match": _fence, force: _force, ...planOptions } = changeOptions;

/** A guided plan, ready to be made. `assessment`: what it comes to, where there is something to weigh. */
export interface PlanProposal {
  readonly plan: CreatePlanBody;
  readonly assessment: Assessment | undefined;
  /** What has to be done before the plan can be made, once the operator agreed; anything but 0 ends the command. */
  readonly first?: () => Promise<ExitCode>;
  /** What else the operator should know once it is made. */
  readonly note?: string | undefined;
  /** Names of members that are still to come. */
  readonly names?: Readonly<Record<MemberId, string>>;
}

/** Makes a guided plan. A repeat with the same request id is the same plan, so another console may be asked after a lost answer. */
export async function runPlan(
  parsed: Parsed,
  surroundings: Surroundings,
  propose: (attached: Attached, session: Session) => Promise<PlanProposal | Trouble> | PlanProposal | Trouble,
): Promise<ExitCode> {
  const session = openSession(parsed, surroundings);
  if (typeof session === "number") return session;
  const attached = await session.attach();
  if (isTrouble(attached)) return tellTrouble(attached, parsed, surroundings);
  if (!attached.capabilities.guided.ok) {
    surroundings.err(`${attached.capabilities.guided.reason}\n`);
    return exitCodes.failed;
  }
  const proposal = await propose(attached, session);
  if (isTrouble(proposal)) return tellTrouble(proposal, parsed, surroundings);
  const { plan, assessment, first, names, note } = proposal;
  if (assessment !== undefined && (await confirm(assessment, parsed, surroundings)) === "no")
    return exitCodes.failed;
  const begun = await first?.();
  if (begun !== undefined && begun !== exitCodes.done) return begun;
  const { requestId, timeoutMs } = changeLimits(parsed);
  const headers = { [REQUEST_ID_HEADER]: requestId, [DEADLINE_HEADER]: String(timeoutMs) };
  const call = { method: "POST", headers, body: plan, timeoutMs: timeoutMs + 3000 } as const;
  const path = `/api/clusters/${encodeURIComponent(attached.cluster)}/plans`;
  const result = await session.send(call, path, true);
  const answer = checked(result, planAnswerSchema, result.url);
  if (isTrouble(answer)) {
    if (!leavesDoubt(result)) return tellTrouble(answer, parsed, surroundings);
    surroundings.err(
      `No answer: the plan may have been made. Repeat the command with --request-id ${requestId}: it is made once.\n`,
    );
    return exitCodes.unknown;
  }
  if (parsed.flags.has("json")) surroundings.out(`${JSON.stringify(answer)}\n`);
  else {
    const doing = planDoing(plan, namesOf(attached.status.members, names));
    const who = attached.capabilities.joint.ok ? "The cluster" : "The console";
    surroundings.out(
      `Plan made: ${doing}. ${who} carries it out; \`rollcall members\` shows how far it is.\n`,
    );
    if (note !== undefined) surroundings.err(`${note}\n`);
  }
  return exitCodes.done;
}

/** Who takes the vote: a learner of the cluster, one that this console's machine starts, or a node that the plan adds. */
interface Replacement {
  readonly id: MemberId;
  readonly name: string;
  readonly first?: () => Promise<ExitCode>;
  readonly peerUrls?: string[];
}

function replacing(
  { status, capabilities, cluster }: Attached,
  target: MemberId,
  { id, name, first, peerUrls }: Replacement,
  { parsed, surroundings }: { readonly parsed: Parsed; readonly surroundings: Surroundings },
): PlanProposal {
  const { configuration, members, leadership, changeInProgress, loopbackOnly } = status;
  const facts = { configuration, members, leadership, changeInProgress, loopbackOnly, capabilities, cluster };
  const { swap, lead } = assessReplace({ ...facts, target, learner: { id, name } });
  const old = namesOf(members)(target);
  const { danger } = swap.dialog;
  const dialog = { title: `Replace voter ${old} by ${name}`, lead, primary: `Replace ${old}`, danger };
  // Where this console carries the plan out, a step may wait for the name that is typed here.
  const isTyped = surroundings.ask !== undefined || parsed.text.confirm === swap.typeName;
  const typedName = !capabilities.joint.ok && isTyped ? swap.typeName : undefined;
  const by = peerUrls === undefined ? { learner: id } : { name, peerUrls };
  const plan = { kind: "replace", target, ...by, ...(typedName === undefined ? {} : { typedName }) } as const;
  const names = { [id]: name };
  const waits = !capabilities.joint.ok && !isTyped && swap.typeName !== undefined;
  const note = waits
    ? `Where a step leaves no spare it waits for the name ${swap.typeName} to be typed on the page; --confirm ${swap.typeName} types it beforehand.`
    : undefined;
  return { plan, assessment: { ...swap, dialog }, names, note, ...(first === undefined ? {} : { first }) };
}

/** A learner that the console's machine starts and adds before the plan is made. */
async function startedHere(
  attached: Attached,
  session: Session,
  parsed: Parsed,
  surroundings: Surroundings,
): Promise<Replacement | Trouble> {
  const { startHere } = attached.capabilities;
  if (!startHere.ok) return { kind: "usage", text: `${startHere.reason} Use --with LEARNER.` };
  const base = `/api/clusters/${encodeURIComponent(attached.cluster)}`;
  const next = await session.read(`${base}/learners/next`, nextLearnerSchema);
  if (isTrouble(next)) return next;
  const view = await session.read(`${base}/membership`, membershipViewSchema);
  if (isTrouble(view)) return view;
  const { id, name } = next;
  const wish = { id, name, start: "local" };
  const scene = { session, attached, view, parsed };
  const proposal = {
    change: { kind: "add-learner", id, name },
    method: "POST",
    path: "/learners",
    body: wish,
    extraMs: START_HERE_MS,
  } as const;
  return { id, name, first: () => carryOut(scene, proposal, surroundings) };
}

/** A node that the plan adds by itself, where this console carries it out. */
async function addedByPlan(
  attached: Attached,
  session: Session,
  parsed: Parsed,
): Promise<Replacement | Trouble> {
  const { learner, joint } = attached.capabilities;
  if (joint.ok || learner.address !== "peer-urls") {
    return {
      kind: "usage",
      text: "This cluster's plans take a learner: add it first, and give --with LEARNER.",
    };
  }
  const path = `/api/clusters/${encodeURIComponent(attached.cluster)}/learners/next`;
  const next = await session.read(path, nextLearnerSchema);
  if (isTrouble(next)) return next;
  const { name = next.name, "peer-urls": urls = "" } = parsed.text;
  return { id: "0", name, peerUrls: splitUrls(urls) };
}

/** Which of the ways to name a replacement was taken; none where not exactly one was. */
function wayOf(parsed: Parsed): "with" | "here" | "peer-urls" | undefined {
  const ways = [
    ...(parsed.text.with === undefined ? [] : (["with"] as const)),
    ...(parsed.flags.has("here") ? (["here"] as const) : []),
    ...(parsed.text["peer-urls"] === undefined ? [] : (["peer-urls"] as const)),
  ];
  return ways.length === 1 ? ways[0] : undefined;
}

/** `rollcall replace`. */
export const replace: Command = {
  name: "replace",
  summary: "Replace a voter by a learner, once that has caught up.",
  description: [
    "Makes a plan that the cluster carries out by itself: it waits until the learner has caught up, moves leadership away where the voter leads, and then lets the learner vote and the voter leave in one change. It goes on after a restart and an election; the page shows it, and can pause and stop it.",
    "The replacement is a learner of the cluster (--with), or one that the console's machine starts now (--here, under `rollcall up`).",
    "etcd changes one member at a time, and the console carries the plan out, also after a restart of it: a dead voter leaves first, one that is alive last. There the plan can add the new member by itself (--peer-urls); `rollcall members` shows the command that starts it.",
  ],
  operands: [memberOperand],
  options: {
    ...clientOptions,
    with: {
      value: "LEARNER",
      help: "The learner that takes the vote: its name or id.",
      check: memberOperand.check,
    },
    here: { help: "Start the replacement on the console's machine, and add it as a learner first." },
    "peer-urls": {
      ...peerUrlsOption,
      help: "Where the other members dial the new one, which the plan adds by itself (etcd): http://HOST:PORT or https://HOST:PORT.",
    },
    name: {
      value: "NAME",
      help: "What the new member is called, with --peer-urls.",
      check: because(memberNameSchema),
      fallback: "the next free one",
    },
    ...planOptions,
  },
  examples: [
    "rollcall replace n3 --with n4",
    "rollcall replace n3 --here",
    "rollcall replace m3 --cluster prod --peer-urls https://10.0.0.4:2380 --name m4",
  ],
  run(parsed, surroundings) {
    const way = wayOf(parsed);
    const wrong =
      way === undefined
        ? "By which learner? Give --with LEARNER, --here to start one on the console's machine, or --peer-urls for etcd to add one."
        : way === "here" && parsed.text["request-id"] !== undefined
          ? "--here makes two requests, so it takes no --request-id."
          : way !== "peer-urls" && parsed.text.name !== undefined
            ? "--name goes with --peer-urls."
            : undefined;
    if (wrong !== undefined) {
      surroundings.err(`${wrong}\n`);
      return Promise.resolve(exitCodes.usage);
    }
    return runPlan(parsed, surroundings, async (attached, session) => {
      const target = memberId(parsed.operands[0] ?? "", attached);
      if (typeof target !== "string") return target;
      const by = await replacementBy(way, attached, session, parsed, surroundings);
      return isTrouble(by) ? by : replacing(attached, target, by, { parsed, surroundings });
    });
  },
};

async function replacementBy(
  way: ReturnType<typeof wayOf>,
  attached: Attached,
  session: Session,
  parsed: Parsed,
  surroundings: Surroundings,
): Promise<Replacement | Trouble> {
  if (way === "here") return startedHere(attached, session, parsed, surroundings);
  if (way === "peer-urls") return addedByPlan(attached, session, parsed);
  const id = memberId(parsed.text.with ?? "", attached);
  return typeof id === "string" ? { id, name: namesOf(attached.status.members)(id) } : id;
}
