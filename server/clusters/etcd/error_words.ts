import type { MemberId } from "../../../protocol/membership";
import { type Problem, type ProblemCode, problem } from "../../../protocol/problem";
import type { NameOf } from "../../../protocol/words";
import type { Fault } from "./fault";

/** What an error of etcd is told with. */
export interface ErrorContext {
  readonly requestId: string;
  readonly nameOf: NameOf;
  /** The member the change was about; undefined for one that was to be added. */
  readonly target: MemberId | undefined;
}

interface Meaning {
  readonly text: RegExp;
  readonly code: ProblemCode;
  /** What it means and what to do about it. */
  readonly words: (name: string) => string;
  readonly field?: string;
}

/** etcd's errors by their text: the gRPC status of some differs between versions, and one arrives as Unknown. */
const meanings: readonly Meaning[] = [
  {
    text: /member ID already exist/i,
    code: "already-member",
    words: () =>
      "A member with these very peer URLs was added already. Look at the member list; do not repeat it.",
    field: "peerUrls",
  },
  {
    text: /peer URLs? already exists/i,
    code: "address-taken",
    words: () => "One of these peer URLs belongs to another member. Each member needs URLs of its own.",
    field: "peerUrls",
  },
  {
    text: /too many learner members/i,
    code: "learner-limit",
    words: () =>
      "This cluster takes one learner at a time (etcd 3.6: --max-learners). Promote or remove the one there is, or queue this one.",
  },
  {
    text: /can only promote a learner member which is in sync with leader/i,
    code: "not-caught-up",
    words: (name) =>
      `${name} is not in sync with the leader: etcd wants it started and at 90 % of the leader's log.`,
  },
  {
    text: /can only promote a learner member/i,
    code: "not-a-learner",
    words: (name) => `${name} is a voter already.`,
  },
  {
    text: /not enough started members/i,
    code: "would-lose-quorum",
    words: () =>
      "With it, fewer members than a majority would be started, so the cluster would stand still. Start the members that are not, or remove them first.",
  },
  {
    text: /unhealthy cluster/i,
    code: "cluster-unhealthy",
    words: () =>
      "etcd changes members only once enough voters have been connected for 5 s: for a new one all of them, from 3.5.30 and 3.6.11 on a majority without it. Wait 5 s after a start, or start or remove the voter that is down.",
  },
  {
    text: /member not found/i,
    code: "not-a-member",
    words: (name) => `${name} is no member any more.`,
  },
  {
    text: /bad leader transferee/i,
    code: "invalid-change",
    words: (name) => `${name} cannot lead: it is a learner, or no member.`,
  },
  {
    text: /not leader/i,
    code: "leader-changed",
    words: () => "The member that was asked leads no longer; nothing was done. Look again and repeat.",
  },
  {
    text: /no leader/i,
    code: "no-leader",
    words: () => "The cluster has no leader now, so nothing can be changed.",
  },
  {
    text: /rpc not supported for learner/i,
    code: "invalid-change",
    words: () =>
      "The endpoint that was asked is a learner, and those take no changes. Add an endpoint of a voter.",
  },
  {
    text: /database space exceeded/i,
    code: "cluster-unhealthy",
    words: () =>
      "The alarm NOSPACE is raised: etcd takes no writes until there is room and the alarm is cleared.",
  },
  {
    text: /too many requests/i,
    code: "too-many-requests",
    words: () => "etcd has more requests than it can apply. Repeat it in a while.",
  },
];

/** Explains an error of etcd, with its own text behind. */
export function toProblem(fault: Fault, context: ErrorContext): Problem {
  const { requestId } = context;
  if (fault.ambiguous) {
    const detail = `No answer that tells (${fault.text}). It may have been applied; do not repeat it, ask for its outcome.`;
    return problem("outcome-unknown", detail, { requestId });
  }
  switch (fault.kind) {
    case "not-allowed":
      return problem(
        "cluster-access",
        `etcd does not allow it: ${fault.text}. Changing members needs the role root; nothing was done.`,
      );
    case "tls":
      return problem("cluster-access", `TLS with etcd failed: ${fault.text}. Nothing was done.`);
    case "foreign":
      return problem("cluster-access", `What answers there is no etcd: ${fault.text}. Nothing was done.`);
    case "unreachable":
      return problem(
        "no-leader",
        `No endpoint of the cluster could be reached (${fault.text}); nothing was done.`,
      );
    default:
      return refusal(fault, context);
  }
}

function refusal(fault: Fault, { nameOf, target }: ErrorContext): Problem {
  const meaning = meanings.find(({ text }) => text.test(fault.text));
  const said = `etcd said: ${fault.text}`;
  if (meaning === undefined) return problem("invalid-change", `The cluster turned it down. ${said}.`);
  const name = target === undefined ? "it" : nameOf(target);
  const detail = `${meaning.words(name)} (${said}.)`;
  return problem(meaning.code, detail, meaning.field === undefined ? {} : { field: meaning.field });
}
