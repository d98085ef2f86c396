import { setTimeout as delay } from "node:timers/promises";
import { describeDiffs, diffMembership } from "../../protocol/diff";
import type { MembershipFrame, ServerFrame, StatusFrame } from "../../protocol/frames";
import { describeState, indexWords } from "../../protocol/state";
import { formatClock, namesOf } from "../../protocol/words";
import { isTrouble, type Session } from "../consoles/session";
import { readStream } from "../consoles/stream";
import { clientOptions, openSession, tellTrouble } from "./client_options";
import type { Command, Surroundings } from "./command";
import { exitCodes } from "./exit_codes";

/** Waits (ms) between attempts to connect again: doubling, with jitter, up to the second. */
const reconnectMsMin = 250;
const reconnectMsMax = 5000;

/** One line of the watch. */
type Line =
  | {
      readonly type: "membership";
      readonly frame: MembershipFrame;
      readonly words: string;
      readonly diff: readonly unknown[];
    }
  | {
      readonly type: "leader";
      readonly leader: string | null;
      readonly name: string | null;
      readonly term: number;
    }
  | { readonly type: "state"; readonly state: string; readonly sentence: string }
  | { readonly type: "connection"; readonly console: string; readonly connected: boolean };

export const watch: Command = {
  name: "watch",
  summary: "Print every change of members, leader and state as it happens.",
  description: [
    "Follows the live stream: one line for each membership with what changed since the last one, for each new leader and for each state of the cluster. What was merged on the way is said. When the console goes away another one of the plan is taken, and so on until Ctrl-C.",
    "With --json each line is an object: membership, leader, state or connection.",
  ],
  operands: [],
  options: clientOptions,
  examples: ["rollcall watch", "rollcall watch --json | jq -c 'select(.type==\"membership\")'"],
  async run(parsed, surroundings) {
    const session = openSession(parsed, surroundings);
    if (typeof session === "number") return session;
    const attached = await session.attach();
    if (isTrouble(attached)) return tellTrouble(attached, parsed, surroundings);
    const stop = new AbortController();
    const unhook = surroundings.onSignal(() => stop.abort());
    const print = printer(surroundings, parsed.flags.has("json"));
    const teller = new Teller(print);
    await follow(session, attached.cluster, teller, print, stop.signal);
    unhook();
    return exitCodes.done;
  },
};

async function follow(
  session: Session,
  cluster: string,
  teller: Teller,
  print: (line: Line) => void,
  signal: AbortSignal,
): Promise<void> {
  let waitMs = reconnectMsMin;
  let lastLost = "";
  while (!signal.aborted) {
    const [console = ""] = session.consoles;
    let heard = false;
    await readStream({ console, cluster, headers: session.headers, signal }, (frame) => {
      if (!heard) print({ type: "connection", console, connected: true });
      heard = true;
      teller.take(frame);
    });
    if (signal.aborted) return;
    if (heard || lastLost === "") print({ type: "connection", console, connected: false });
    lastLost = console;
    waitMs = heard ? reconnectMsMin : Math.min(waitMs * 2, reconnectMsMax);
    await delay(waitMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
    // The best informed console that answers comes first; with none, the same ones are tried again.
    await session.attach();
  }
}

/** Turns frames into lines: only what differs from the last one. */
class Teller {
  private readonly print: (line: Line) => void;
  private readonly names: Record<string, string> = {};
  private membership: MembershipFrame | undefined;
  private leader: string | undefined;
  private sentence: string | undefined;
  private waiting: MembershipFrame | undefined;

  constructor(print: (line: Line) => void) {
    this.print = print;
  }

  take(frame: ServerFrame): void {
    if (frame.type === "membership") {
      if (this.waiting !== undefined) this.takeMembership(this.waiting);
      this.waiting = frame;
    }
    if (frame.type === "status") this.takeStatus(frame);
    // Names come with the status: a membership with a new one waits for that, but never until the next membership.
    if (this.waiting !== undefined && this.knowsAll(this.waiting)) this.takeMembership(this.waiting);
  }

  private takeMembership(frame: MembershipFrame): void {
    this.waiting = undefined;
    const last = this.membership;
    if (last !== undefined && last.epoch === frame.epoch) {
      if (frame.snapshot.committedIndex <= last.snapshot.committedIndex) return;
    }
    const previous = last?.epoch === frame.epoch ? last.snapshot : undefined;
    const diff = diffMembership(previous, frame.snapshot);
    const nameOf = namesOf([], this.names);
    const merged = frame.merged > 0 ? ` (${frame.merged} more changes merged)` : "";
    this.membership = frame;
    this.print({ type: "membership", frame, diff, words: `${describeDiffs(diff, nameOf)}${merged}` });
  }

  private takeStatus(status: StatusFrame): void {
    for (const member of status.members) {
      if (member.name !== "") this.names[member.id] = member.name;
    }
    if (this.waiting !== undefined) this.takeMembership(this.waiting);
    const { id, term } = status.leadership;
    const leader = `${id ?? "none"} ${term}`;
    if (leader !== this.leader && (id !== null || this.leader !== undefined)) {
      this.print({ type: "leader", leader: id, name: id === null ? null : (this.names[id] ?? null), term });
    }
    this.leader = leader;
    const { factAgeMs } = status;
    const live = factAgeMs !== null && factAgeMs < 5000;
    const { state, sentence } = describeState(status, { dataAgeMs: factAgeMs, live });
    // Ages in a sentence change with every frame; the state itself does not.
    const stable = sentence.replaceAll(/\d+ (s|min|h|d)\b/g, "");
    if (stable !== this.sentence) this.print({ type: "state", state, sentence });
    this.sentence = stable;
  }

  private knowsAll({ snapshot }: MembershipFrame): boolean {
    return [...snapshot.members, ...snapshot.learners].every((id) => this.names[id] !== undefined);
  }
}

function printer({ out }: Surroundings, json: boolean): (line: Line) => void {
  if (json) return (line) => out(`${JSON.stringify(jsonOf(line))}\n`);
  return (line) => out(`${formatClock(Date.now())}  ${textOf(line)}\n`);
}

function jsonOf(line: Line): unknown {
  if (line.type !== "membership") return line;
  const { frame, diff } = line;
  return Object.assign({ type: line.type }, frame, { diff });
}

function textOf(line: Line): string {
  switch (line.type) {
    case "membership":
      return `index ${indexWords(line.frame.snapshot.committedIndex, line.frame.exact)}: ${line.words}`;
    case "leader":
      return line.leader === null
        ? `No leader in term ${line.term}.`
        : `${line.name ?? line.leader} leads term ${line.term}.`;
    case "state":
      return line.sentence;
    case "connection":
      return line.connected ? `Connected to ${line.console}.` : `Lost ${line.console}; trying again.`;
  }
}
