import { STALE_AFTER_MS } from "./frames";
import type { Machine } from "./machine";
import type { MemberId } from "./membership";
import { planUnderWay } from "./plan_words";
import type { StateDescription } from "./state_description";
import type { ClusterStatus, MemberStatus } from "./status";
import { busySentence, countWord, formatAgo, formatDuration, listWords, namesOf } from "./words";

/** What the page offers beside the next step's text. */
export type SuggestedAction =
  /** Start the member's process on this machine. */
  | { readonly kind: "start"; readonly id: MemberId; readonly label: string }
  /** Let the member's frozen process go on. */
  | { readonly kind: "thaw"; readonly id: MemberId; readonly label: string }
  /** Open the add-learner dialog. */
  | { readonly kind: "add-learner"; readonly label: string }
  /** Open the promote dialog for a learner that is ready. */
  | { readonly kind: "promote"; readonly id: MemberId; readonly label: string }
  /** Open the dialog that replaces a voter. */
  | { readonly kind: "replace"; readonly id: MemberId; readonly label: string }
  /** Open another member's own console, with the same query. */
  | { readonly kind: "open-console"; readonly id: MemberId; readonly url: string; readonly label: string }
  /** Connect again now. */
  | { readonly kind: "retry-now"; readonly label: string };

/** One line of advice, and what can be done about it here. */
export interface NextStep {
  readonly text: string;
  readonly actions: readonly SuggestedAction[];
}

/** What the next step depends on. Times as the reader's clock shows them; ages in ms. */
export interface NextStepInput {
  readonly status: ClusterStatus | undefined;
  /** Time since the status was composed. */
  readonly elapsedMs: number;
  readonly description: StateDescription;
  /** The browser hop. `since`: local time of the last frame, e.g. "03:07:41". */
  readonly hop:
    | { readonly kind: "connecting" }
    | { readonly kind: "live" }
    | { readonly kind: "stale"; readonly since: string }
    /** `retryInMs` null: an attempt is under way. */
    | { readonly kind: "disconnected"; readonly since: string; readonly retryInMs: number | null };
  /** Local time of the newest fact about the cluster, for the stale cluster hop. */
  readonly factTime: string | null;
  /** How long the state has been what it is; null when not known. */
  readonly stateForMs: number | null;
  /** The last membership change, e.g. { words: "n4 removed", ageMs }. */
  readonly lastChange: { readonly words: string; readonly ageMs: number } | null;
  /** Processes of this machine; absent where Rollcall runs none. */
  readonly machine?: Machine;
  /** The cluster carries out replacements as guided plans; absent: it does not. */
  readonly guided?: boolean;
  /** False where members cannot be removed, so that nothing can be replaced. */
  readonly removable?: boolean;
}

/** Consoles offered at once. */
const CONSOLES_MAX = 4;
const KEEP_ALL = "Remove nothing, delete no data directory.";

/** What the operator should do next, by the state: the "next step" row of the interface. */
export function nextStep(input: NextStepInput): NextStep {
  const { status } = input;
  const broken = brokenHop(input);
  if (broken !== undefined) return broken;
  if (status === undefined) return { text: "Waiting for the first status.", actions: [] };
  if (status.self?.standing === "removed") return removedNode(status, status.self.index);
  if (status.self?.standing === "joining") {
    return {
      text: "This node has not joined yet; it shows the cluster once a leader reaches it.",
      actions: [],
    };
  }
  const factAgeMs = status.factAgeMs === null ? null : status.factAgeMs + input.elapsedMs;
  if (factAgeMs === null || factAgeMs >= STALE_AFTER_MS) {
    const since = input.factTime === null ? "yet" : `since ${input.factTime}`;
    return { text: `Connected to Rollcall; no node has answered ${since}.`, actions: consoles(status) };
  }
  return byState(input, status);
}

function brokenHop({ hop, status }: NextStepInput): NextStep | undefined {
  const retry: SuggestedAction = { kind: "retry-now", label: "Retry now" };
  switch (hop.kind) {
    case "live":
      return undefined;
    case "connecting":
      return { text: "Connecting to this console.", actions: [] };
    case "stale":
      return { text: `Nothing received since ${hop.since}.`, actions: [retry, ...consoles(status)] };
    case "disconnected": {
      const next =
        hop.retryInMs === null ? "retrying now" : `retry in ${formatDuration(hop.retryInMs + 999)}`;
      return { text: `Disconnected since ${hop.since}, ${next}.`, actions: [retry, ...consoles(status)] };
    }
  }
}

function removedNode(status: ClusterStatus, index: number | null): NextStep {
  const where = index === null ? "" : ` at index ${index}`;
  return {
    text: `This node was removed${where} and shows its last view. The cluster goes on without it.`,
    actions: consoles(status),
  };
}

/** Consoles of other members that may well answer: those last known healthy, then those nobody knew of; voters before learners. */
function consoles(status: ClusterStatus | undefined): SuggestedAction[] {
  const offered: SuggestedAction[] = [];
  for (const [health, role] of [
    ["healthy", "voter"],
    ["healthy", "learner"],
    ["unknown", "voter"],
    ["unknown", "learner"],
  ] as const) {
    for (const member of status?.members ?? []) {
      if (member.health.state !== health) continue;
      if (member.role !== role || member.id === status?.self?.id) continue;
      if (member.console === null || !/^https?:\/\//.test(member.console)) continue;
      const name = namesOf([member])(member.id);
      offered.push({ kind: "open-console", id: member.id, url: member.console, label: `Open on ${name}` });
    }
  }
  return offered.slice(0, CONSOLES_MAX);
}

function byState(input: NextStepInput, status: ClusterStatus): NextStep {
  const worse = input.description.assessment?.worse;
  if (worse === undefined || worse.voters === 0)
    return { text: "No voter is known yet.", actions: consoles(status) };
  const ids = new Set(worse.ids);
  const absent = status.members.filter((member) => ids.has(member.id) && member.health.state !== "healthy");
  const { state } = input.description;
  if (state === "unknown") return unasked(status, absent);
  if (state === "lost" && worse.healthy < worse.quorum)
    return restoreQuorum(input, absent, worse.quorum - worse.healthy);
  if (state === "lost") {
    const text = `The voters that answer elect nobody: check the network between them. ${KEEP_ALL}`;
    return { text, actions: starts(input, absent) };
  }
  if (status.leadership.id === null) return { text: "An election is under way.", actions: [] };
  const down = absent.filter((member) => member.health.state === "down");
  if (down.length > 0) return repair(input, down);
  if (absent.length > 0) return unasked(status, absent);
  if (status.changeInProgress !== null) {
    return {
      text: busySentence(status.changeInProgress, namesOf(status.members), input.elapsedMs),
      actions: [],
    };
  }
  return input.description.byDesign === undefined ? allWell(input) : grow(status, worse.voters);
}

function unasked(status: ClusterStatus, absent: readonly MemberStatus[]): NextStep {
  const names = absent.filter((one) => one.health.state === "unknown").map((one) => namesOf([one])(one.id));
  const text =
    names.length === 0
      ? "Voters are missing from the report."
      : `${listWords(names, "and")} could not be asked from here.`;
  return { text, actions: consoles(status) };
}

type Remedy = "start" | "thaw" | "wait";

/** What brings a member's process back, and whether it can be done from here. */
function remedyOf(machine: Machine | undefined, id: MemberId): { remedy: Remedy; here: boolean } {
  const process = machine?.processes.find((one) => one.id === id);
  if (process === undefined) return { remedy: "start", here: false };
  if (process.state === "frozen") return { remedy: "thaw", here: true };
  if (process.state === "exited" && process.member) return { remedy: "start", here: true };
  return { remedy: "wait", here: true };
}

/** "n3", or "n3 on 10.0.0.3" where its process is not one of this machine. */
function whom(input: NextStepInput, member: MemberStatus): string {
  const name = namesOf([member])(member.id);
  const [address = ""] = member.address.replace(/^https?:\/\//, "").split(/[\s,]/);
  const host = address.slice(0, Math.max(0, address.lastIndexOf(":")));
  const { here } = remedyOf(input.machine, member.id);
  return here || host === "" ? name : `${name} on ${host}`;
}

function starts(input: NextStepInput, absent: readonly MemberStatus[]): SuggestedAction[] {
  return absent.flatMap((member): SuggestedAction[] => {
    const { remedy, here } = remedyOf(input.machine, member.id);
    if (!here || remedy === "wait") return [];
    const name = namesOf([member])(member.id);
    return [{ kind: remedy, id: member.id, label: `${remedy === "start" ? "Start" : "Thaw"} ${name}` }];
  });
}

function verbFor(input: NextStepInput, absent: readonly MemberStatus[]): string {
  const verbs = new Set(absent.map((member) => remedyOf(input.machine, member.id).remedy));
  if (verbs.has("thaw")) return verbs.has("start") ? "start or thaw" : "thaw";
  return "start";
}

function restoreQuorum(input: NextStepInput, absent: readonly MemberStatus[], missing: number): NextStep {
  const names = absent.map((member) => whom(input, member));
  const count = countWord(missing);
  const restore = missing === 1 ? "more voter restores" : "more voters restore";
  const choice =
    missing === 1
      ? listWords(names, "or")
      : missing >= names.length
        ? listWords(names, "and")
        : `${count.toLowerCase()} of ${listWords(names, "and")}`;
  return {
    text: `${count} ${restore} quorum: ${verbFor(input, absent)} ${choice}. ${KEEP_ALL}`,
    actions: starts(input, absent),
  };
}

function repair(input: NextStepInput, absent: readonly MemberStatus[]): NextStep {
  const verb = verbFor(input, absent);
  const Verb = verb.charAt(0).toUpperCase() + verb.slice(1);
  const [only] = absent;
  if (absent.length === 1 && only !== undefined) {
    const { health } = only;
    const since = health.sinceMs === null ? "" : ` for ${formatDuration(health.sinceMs + input.elapsedMs)}`;
    const what = `${namesOf([only])(only.id)} ${health.word.toLowerCase()}${since}.`;
    const { remedy, here } = remedyOf(input.machine, only.id);
    const it = here ? "it" : whom(input, only).replace(/^\S+/, "it");
    const gone = input.removable === false ? "." : "; if it is gone for good, replace it.";
    const advice: Record<Remedy, string> = {
      start: `Start ${it}${gone}`,
      thaw: "Thaw it: it goes on where it stood.",
      wait: `Its process is here and may come back by itself${gone}`,
    };
    const actions = starts(input, absent);
    return {
      text: `${what} ${advice[remedy]}`,
      actions: remedy === "thaw" ? actions : [...actions, ...replacing(input, only)],
    };
  }
  const names = absent.map((member) => whom(input, member));
  return {
    text: `${listWords(names, "and")} are not healthy. ${Verb} them${input.removable === false ? "." : "; replace those that are gone for good, one at a time."}`,
    actions: starts(input, absent),
  };
}

/** Replacing a voter that may be gone for good; not while a plan is under way, since there is one at a time. */
function replacing({ guided, status }: NextStepInput, member: MemberStatus): SuggestedAction[] {
  if (guided !== true || member.role !== "voter" || planUnderWay(status) !== undefined) return [];
  return [{ kind: "replace", id: member.id, label: `Replace ${namesOf([member])(member.id)}` }];
}

function grow(status: ClusterStatus, voters: number): NextStep {
  const ready = status.members.find((member) => member.role === "learner" && member.promotable?.ok === true);
  const goal =
    voters === 1
      ? "Three voters tolerate one failure: add two, one at a time."
      : "A third voter lets the cluster lose one.";
  const action: SuggestedAction =
    ready === undefined
      ? { kind: "add-learner", label: "Add learner" }
      : { kind: "promote", id: ready.id, label: `Promote ${namesOf([ready])(ready.id)}` };
  return { text: goal, actions: [action] };
}

function allWell(input: NextStepInput): NextStep {
  const parts: string[] = [];
  if (input.stateForMs !== null) parts.push(`For ${formatDuration(input.stateForMs)}.`);
  if (input.lastChange !== null) {
    parts.push(`Last change: ${input.lastChange.words} ${formatAgo(input.lastChange.ageMs)}.`);
  }
  return { text: parts.length === 0 ? "Nothing to do." : parts.join(" "), actions: [] };
}
