import { decodeConfChange, decodeConfChangeV1, isMalformed } from "../codec";
import { describeMessage, describeReady, describeRefusal } from "../describe";
import { MemoryLog } from "../memory_log";
import { RawNode } from "../raw_node";
import {
  type ConfState,
  type Entry,
  type HardState,
  LOCAL_APPEND_THREAD,
  LOCAL_APPLY_THREAD,
  type Message,
  type MessageType,
  type NodeId,
  type RaftConfig,
  type Snapshot,
} from "../types";
import { UsageError } from "./datadriven";
import type { Output } from "./output";

/** Rounds after which a cluster that still has work is declared not to settle. */
const ROUNDS_MAX = 10_000;

/** What of a node's configuration a scenario chooses. */
export type NodeOptions = Omit<RaftConfig, "id" | "storage" | "applied" | "random" | "logger">;

/** A node with its disk and its state machine, which appends the data of every entry. */
interface ScenarioNode {
  readonly id: NodeId;
  readonly options: NodeOptions;
  readonly log: MemoryLog;
  raft: RawNode;
  /** Writes handed to the append thread and the apply thread, in order; only with asynchronous storage writes. */
  appendWork: Message[];
  applyWork: Message[];
}

/** A kind of work that stabilizing does for one node after the other, once a round or until none is left. */
interface WorkKind {
  readonly heading: string;
  readonly due: (node: ScenarioNode) => boolean;
  readonly act: (id: NodeId) => void;
  readonly untilDone?: boolean;
}

/** To whom messages are delivered, or whose messages are dropped. */
export interface Recipient {
  readonly id: NodeId;
  readonly drop: boolean;
}

/** Nodes 1, 2, 3 ... and the messages between them. Nothing happens unless a command makes it happen. */
export class Cluster {
  readonly output: Output;
  readonly #random: (bound: number) => number;
  readonly #nodes: ScenarioNode[] = [];
  #messages: Message[] = [];

  constructor(output: Output, random: (bound: number) => number) {
    this.output = output;
    this.#random = random;
  }

  get ids(): readonly NodeId[] {
    return this.#nodes.map((node) => node.id);
  }

  /** Adds a node that starts from `snapshot`; from nothing if undefined. */
  addNode(options: NodeOptions, snapshot: Snapshot | undefined): void {
    const log = new MemoryLog();
    if (snapshot !== undefined) log.applySnapshot(snapshot);
    const id = this.#nodes.length + 1;
    const raft = this.#start(id, options, log);
    this.#nodes.push({ id, options, log, raft, appendWork: [], applyWork: [] });
  }

  /** Crashes a node and starts it again from what is durable: writes that were not carried out are lost. */
  restart(id: NodeId): void {
    const node = this.#node(id);
    node.appendWork = [];
    node.applyWork = [];
    this.#messages = this.#messages.filter((message) => !isLocal(message) || message.to !== id);
    node.raft = this.#start(id, node.options, node.log);
  }

  #start(id: NodeId, options: NodeOptions, log: MemoryLog): RawNode {
    const snapshot = log.snapshot();
    return new RawNode({
      ...options,
      id,
      storage: log,
      applied: snapshot === "unavailable" ? 0 : snapshot.metadata.index,
      random: this.#random,
      logger: this.output,
    });
  }

  raft(id: NodeId): RawNode {
    return this.#node(id).raft;
  }

  log(id: NodeId): MemoryLog {
    return this.#node(id).log;
  }

  tickInterval(id: NodeId, interval: "electionTick" | "heartbeatTick"): number {
    return this.#node(id).options[interval];
  }

  queue(message: Message): void {
    this.#messages.push(message);
  }

  /** Takes a node's Ready, prints it and carries it out; writes are only queued if they are asynchronous. */
  processReady(id: NodeId): void {
    const node = this.#node(id);
    const ready = node.raft.ready();
    this.output.write(describeReady(ready));
    const async = node.options.asyncStorageWrites;
    if (!async) {
      write(node, ready.hardState, ready.snapshot, ready.entries);
      apply(node, ready.committedEntries);
    }
    for (const message of ready.messages) {
      if (message.to === LOCAL_APPEND_THREAD) node.appendWork.push(message);
      else if (message.to === LOCAL_APPLY_THREAD) node.applyWork.push(message);
      else this.#messages.push(message);
    }
    if (!async) node.raft.advance();
  }

  processAppendThread(id: NodeId): void {
    const node = this.#node(id);
    const work = node.appendWork.shift();
    if (work === undefined) {
      this.output.write("no append work to perform");
      return;
    }
    this.#printWork(work);
    const { term, vote, commit } = work;
    const hardState = term === 0 && vote === 0 && commit === 0 ? undefined : { term, vote, commit };
    write(node, hardState, work.snapshot, work.entries);
    this.#printResponses(work);
  }

  processApplyThread(id: NodeId): void {
    const node = this.#node(id);
    const work = node.applyWork.shift();
    if (work === undefined) {
      this.output.write("no apply work to perform");
      return;
    }
    this.#printWork(work);
    apply(node, work.entries);
    this.#printResponses(work);
  }

  #printWork(work: Message): void {
    this.output.line("Processing:");
    this.output.line(describeMessage({ ...work, responses: [] }));
  }

  #printResponses(work: Message): void {
    this.output.line("Responses:");
    for (const response of work.responses) this.output.line(describeMessage(response));
    this.#messages.push(...work.responses);
  }

  /** Delivers or drops the waiting messages for each recipient in turn, only those of `type` if given. How many. */
  deliver(recipients: readonly Recipient[], type: MessageType | undefined): number {
    let count = 0;
    for (const { id, drop } of recipients) {
      const isMeant = (message: Message) => {
        if (message.to !== id || (type !== undefined && message.type !== type)) return false;
        // Between a node and its own storage nothing is lost.
        return !(drop && isLocal(message));
      };
      const meant = this.#messages.filter(isMeant);
      this.#messages = this.#messages.filter((message) => !isMeant(message));
      count += meant.length;
      for (const message of meant) {
        this.output.line(`${drop ? "dropped: " : ""}${describeMessage(message)}`);
        if (drop) continue;
        const refusal = this.#node(id).raft.step(message);
        if (refusal !== undefined) this.output.line(describeRefusal(refusal));
      }
    }
    return count;
  }

  /** Carries out Readies, deliveries and storage work of these nodes until there is nothing left to do. */
  stabilize(ids: readonly NodeId[]): void {
    const nodes = ids.map((id) => this.#node(id));
    const kinds: readonly WorkKind[] = [
      { heading: "handling Ready", due: (node) => node.raft.hasReady(), act: (id) => this.processReady(id) },
      {
        heading: "receiving messages",
        due: ({ id }) => this.#messages.some((message) => message.to === id),
        act: (id) => this.deliver([{ id, drop: false }], undefined),
      },
      {
        heading: "processing append thread",
        due: (node) => node.appendWork.length > 0,
        act: (id) => this.processAppendThread(id),
        untilDone: true,
      },
      {
        heading: "processing apply thread",
        due: (node) => node.applyWork.length > 0,
        act: (id) => this.processApplyThread(id),
        untilDone: true,
      },
    ];
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const worked = kinds.map((kind) => this.#work(nodes, kind));
      if (!worked.includes(true)) return;
    }
    throw new UsageError(`not stable after ${ROUNDS_MAX} rounds`);
  }

  #work(nodes: readonly ScenarioNode[], { heading, due, act, untilDone }: WorkKind): boolean {
    let worked = false;
    for (const node of nodes) {
      if (!due(node)) continue;
      worked = true;
      this.output.line(`> ${node.id} ${heading}`);
      do this.output.indented(() => act(node.id));
      while (untilDone && due(node));
    }
    return worked;
  }

  #node(id: NodeId): ScenarioNode {
    const node = this.#nodes[id - 1];
    if (node === undefined) throw new UsageError(`there is no node ${id}`);
    return node;
  }
}

function isLocal({ from, to }: Message): boolean {
  return from === to || from === LOCAL_APPEND_THREAD || from === LOCAL_APPLY_THREAD;
}

function write(
  node: ScenarioNode,
  hardState: HardState | undefined,
  snapshot: Snapshot | undefined,
  entries: readonly Entry[],
): void {
  if (hardState !== undefined) node.log.setHardState(hardState);
  if (snapshot !== undefined) node.log.applySnapshot(snapshot);
  node.log.append(entries);
}

/** The state machine appends every entry's data to its state, and takes a snapshot after every entry. */
function apply(node: ScenarioNode, entries: readonly Entry[]): void {
  for (const entry of entries) {
    const snapshot = node.log.snapshot();
    let confState: ConfState = node.log.initialState().confState;
    let update = entry.data;
    if (entry.type !== "normal") {
      const change =
        entry.type === "conf-change" ? decodeConfChangeV1(entry.data) : decodeConfChange(entry.data);
      if (isMalformed(change)) throw new UsageError(`entry ${entry.index} holds no configuration change`);
      confState = node.raft.applyConfChange(change);
      update = change.context;
    }
    const state = snapshot === "unavailable" ? new Uint8Array(0) : snapshot.data;
    node.log.createSnapshot(entry.index, confState, Uint8Array.from([...state, ...update]));
  }
}
