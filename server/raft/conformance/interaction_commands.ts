import { parseChanges } from "../confchange/notation";
import {
  describeEntry,
  describeMessage,
  describeProgress,
  describeRefusal,
  describeRole,
  parseMessageType,
} from "../describe";
import { newMessage } from "../raft";
import { type Appended, type ConfChangeTransition, NO_LIMIT, type Refusal } from "../types";
import { Arguments } from "./arguments";
import { Cluster, type Recipient } from "./cluster";
import { type Argument, type Directive, parseCommandLine, UsageError } from "./datadriven";
import { readNewNodes } from "./new_nodes";
import { Output, parseOutputLevel } from "./output";
import type { Commands } from "./quorum_commands";

/** Prints to the command's output; a text that is returned is an error of the command, printed even when quiet. */
type Handler = (given: Arguments, input: string) => string | undefined;

const TRANSITIONS: Readonly<Record<"auto" | "implicit" | "explicit", ConfChangeTransition>> = {
  auto: "auto",
  implicit: "joint-implicit",
  explicit: "joint-explicit",
};

const bytes = (text: string) => new TextEncoder().encode(text);

/** Commands on a cluster of whole nodes, with the grammar of etcd-io/raft's interaction tests and a few commands more. */
export class InteractionCommands implements Commands {
  readonly #output = new Output();
  readonly #cluster = new Cluster(this.#output, sequence());

  /** Every command, by name. The last group is this project's own. */
  readonly #handlers: Readonly<Record<string, Handler>> = {
    _breakpoint: () => undefined,
    "add-nodes": (given) => this.#addNodes(given),
    campaign: (given) => {
      const id = given.nextNumber("a node id");
      given.done();
      this.#cluster.raft(id).campaign();
      return undefined;
    },
    compact: (given) => this.#compact(given),
    "deliver-msgs": (given) => this.#deliverMessages(given),
    "process-ready": (given) =>
      this.#forEachNode(given, "handling Ready", (id) => this.#cluster.processReady(id)),
    "process-append-thread": (given) =>
      this.#forEachNode(given, "processing append thread", (id) => this.#cluster.processAppendThread(id)),
    "process-apply-thread": (given) =>
      this.#forEachNode(given, "processing apply thread", (id) => this.#cluster.processApplyThread(id)),
    "log-level": (given) => {
      const level = given.nextText("a log level");
      given.done();
      return this.#setLevel(level);
    },
    "raft-log": (given) => {
      const id = given.nextNumber("a node id");
      given.done();
      return this.#printLog(id);
    },
    "raft-state": (given) => this.#printStates(given),
    "set-randomized-election-timeout": (given) => {
      const id = given.nextNumber("a node id");
      const timeout = given.number("timeout");
      given.done();
      if (timeout === undefined || timeout === 0) throw new UsageError("missing argument: timeout");
      this.#cluster.raft(id).setElectionTimeout(timeout);
      return undefined;
    },
    stabilize: (given) => this.#stabilize(given),
    status: (given) => this.#printStatus(given),
    "tick-election": (given) => this.#tick(given, "electionTick"),
    "tick-heartbeat": (given) => this.#tick(given, "heartbeatTick"),
    "transfer-leadership": (given) => {
      const from = given.number("from");
      const to = given.number("to");
      given.done();
      if (from === undefined || to === undefined) throw new UsageError("missing argument: from or to");
      this.#cluster.raft(from).transferLeader(to);
      return undefined;
    },
    "forget-leader": (given) => {
      const id = given.nextNumber("a node id");
      given.done();
      return refusalText(this.#cluster.raft(id).forgetLeader());
    },
    "send-snapshot": (given) => this.#sendSnapshot(given),
    propose: (given) => {
      const id = given.nextNumber("a node id");
      const data = given.nextText("data");
      given.done();
      return outcomeText(this.#cluster.raft(id).propose(bytes(data)));
    },
    "propose-conf-change": (given, input) => this.#proposeConfChange(given, input),
    "report-unreachable": (given) => {
      const id = given.nextNumber("a node id");
      const peer = given.nextNumber("a peer id");
      given.done();
      this.#cluster.raft(id).reportUnreachable(peer);
      return undefined;
    },

    "read-index": (given) => {
      const id = given.nextNumber("a node id");
      const context = given.nextText("a context");
      given.done();
      this.#cluster.raft(id).readIndex(bytes(context));
      return undefined;
    },
    restart: (given) => {
      const id = given.nextNumber("a node id");
      given.done();
      this.#cluster.restart(id);
      return undefined;
    },
    "step-down": (given) => {
      const id = given.nextNumber("a node id");
      given.done();
      this.#cluster.raft(id).stepDown();
      return undefined;
    },
    "report-snapshot": (given) => {
      const id = given.nextNumber("a node id");
      const peer = given.nextNumber("a peer id");
      const outcome = given.choice("outcome", ["finish", "failure"]);
      given.done();
      this.#cluster.raft(id).reportSnapshot(peer, outcome ?? "finish");
      return undefined;
    },
    "propose-leave-joint": (given) => {
      const id = given.nextNumber("a node id");
      given.done();
      const outcome = this.#cluster.raft(id).proposeLeaveJoint();
      return outcome === undefined ? "nothing to leave" : outcomeText(outcome);
    },
  };

  static readonly names: ReadonlySet<string> = new Set(Object.keys(new InteractionCommands().#handlers));

  run({ command, args, input }: Directive): string {
    this.#output.take();
    const takesInput = command === "propose-conf-change";
    let text = this.#runOne(command, args, takesInput ? input : "");
    // Input lines of every other command are further commands.
    for (const line of takesInput ? [] : input.split("\n").filter((part) => part.trim() !== "")) {
      const parsed = parseCommandLine(line);
      if (typeof parsed === "string") throw new UsageError(parsed);
      text += this.#runOne(parsed.command, parsed.args, "");
    }
    return text === "" ? "ok" : text;
  }

  #runOne(command: string, args: readonly Argument[], input: string): string {
    const handler = Object.hasOwn(this.#handlers, command) ? this.#handlers[command] : undefined;
    if (handler === undefined) throw new UsageError(`unknown command: ${command}`);
    const fault = handler(new Arguments(args), input);
    return this.#output.take() + (fault ?? "");
  }

  #addNodes(given: Arguments): string | undefined {
    const nodes = readNewNodes(given);
    if (typeof nodes === "string") return nodes;
    for (let i = 0; i < nodes.count; i++) this.#cluster.addNode(nodes.options, nodes.snapshot);
    return undefined;
  }

  #compact(given: Arguments): string | undefined {
    const id = given.nextNumber("a node id");
    const index = given.nextNumber("the last index to forget");
    given.done();
    this.#cluster.log(id).compact(index + 1);
    return this.#printLog(id);
  }

  #deliverMessages(given: Arguments): string | undefined {
    const delivered = given.restIds();
    const dropped = given.ids("drop") ?? [];
    const typeName = given.text("type");
    given.done();
    const type = typeName === undefined ? undefined : parseMessageType(typeName);
    if (typeName !== undefined && type === undefined)
      throw new UsageError(`unknown message type ${typeName}`);
    const both = delivered.find((id) => dropped.includes(id));
    if (both !== undefined) throw new UsageError(`can't both deliver and drop messages to ${both}`);
    const recipients: readonly Recipient[] = [
      ...delivered.map((id) => ({ id, drop: false })),
      ...dropped.map((id) => ({ id, drop: true })),
    ];
    if (this.#cluster.deliver(recipients, type) === 0) this.#output.line("no messages");
    return undefined;
  }

  #forEachNode(given: Arguments, heading: string, act: (id: number) => void): undefined {
    const ids = given.restIds();
    given.done();
    const [only] = ids;
    if (ids.length === 1 && only !== undefined) {
      act(only);
      return;
    }
    for (const id of ids) {
      this.#output.line(`> ${id} ${heading}`);
      this.#output.indented(() => act(id));
    }
  }

  #setLevel(text: string): string | undefined {
    const level = parseOutputLevel(text);
    if (level === undefined) throw new UsageError(`unknown log level: ${text}`);
    this.#output.level = level;
    return undefined;
  }

  #printLog(id: number): string | undefined {
    const log = this.#cluster.log(id);
    const first = log.firstIndex();
    const last = log.lastIndex();
    if (first > last) {
      this.#output.write(`log is empty: first index=${first}, last index=${last}`);
      return undefined;
    }
    const entries = log.entries(first, last + 1, NO_LIMIT);
    if (typeof entries === "string") return `entries are ${entries}`;
    for (const entry of entries) this.#output.line(describeEntry(entry));
    return undefined;
  }

  #printStates(given: Arguments): undefined {
    given.done();
    for (const id of this.#cluster.ids) {
      const { role, confState, hardState, leader } = this.#cluster.raft(id).status();
      const votes = confState.voters.includes(id) || confState.votersOutgoing.includes(id);
      this.#output.line(
        `${id}: ${describeRole(role)} (${votes ? "Voter" : "Non-Voter"}) Term:${hardState.term} Lead:${leader}`,
      );
    }
  }

  #printStatus(given: Arguments): undefined {
    const id = given.nextNumber("a node id");
    given.done();
    for (const view of this.#cluster.raft(id).status().progress) {
      this.#output.line(`${view.id}: ${describeProgress(view)}`);
    }
  }

  #stabilize(given: Arguments): string | undefined {
    const ids = given.restIds();
    const level = given.text("log-level");
    given.done();
    const before = this.#output.level;
    if (level !== undefined) this.#setLevel(level);
    try {
      this.#cluster.stabilize(ids.length > 0 ? ids : this.#cluster.ids);
    } finally {
      this.#output.level = before;
    }
    return undefined;
  }

  #tick(given: Arguments, interval: "electionTick" | "heartbeatTick"): undefined {
    const id = given.nextNumber("a node id");
    given.done();
    for (let i = this.#cluster.tickInterval(id, interval); i > 0; i--) this.#cluster.raft(id).tick();
  }

  #sendSnapshot(given: Arguments): string | undefined {
    const from = given.nextNumber("the sender");
    const to = given.nextNumber("the receiver");
    given.done();
    const snapshot = this.#cluster.log(from).snapshot();
    if (snapshot === "unavailable") return `node ${from} has no snapshot`;
    const message = newMessage("snap", to);
    message.from = from;
    message.term = this.#cluster.raft(from).status().hardState.term;
    message.snapshot = snapshot;
    this.#cluster.queue(message);
    this.#output.write(describeMessage(message));
    return undefined;
  }

  #proposeConfChange(given: Arguments, input: string): string | undefined {
    const id = given.nextNumber("a node id");
    const v1 = given.boolean("v1") ?? false;
    const transition = given.choice("transition", ["auto", "implicit", "explicit"]) ?? "auto";
    given.done();
    const changes = parseChanges(input);
    if (typeof changes === "string") throw new UsageError(changes);
    const raft = this.#cluster.raft(id);
    const [first] = changes;
    if (v1) {
      if (first === undefined || changes.length > 1 || transition !== "auto") {
        throw new UsageError("a change of version 1 is exactly one, with transition auto");
      }
      return outcomeText(raft.proposeConfChangeV1(first));
    }
    const change = { transition: TRANSITIONS[transition], changes, context: new Uint8Array(0) };
    return outcomeText(raft.proposeConfChange(change));
  }
}

function refusalText(refusal: Refusal | undefined): string | undefined {
  return refusal === undefined ? undefined : describeRefusal(refusal);
}

function outcomeText(outcome: Appended | { readonly kind: "forwarded" } | Refusal): string | undefined {
  return outcome.kind === "appended" || outcome.kind === "forwarded" ? undefined : describeRefusal(outcome);
}

/** Election timeouts need not be unpredictable here, only different: nodes take turns. */
function sequence(): (bound: number) => number {
  let next = 0;
  return (bound) => next++ % bound;
}
