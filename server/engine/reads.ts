import type { Node } from "./node";
import type { Clock } from "./node_ports";

/** Ticks after which an unanswered read is asked again: the request or its answer may have been lost. */
const RETRY_TICKS = 10;
/** Reads waiting at one node. */
const READS_MAX = 4096;

interface Read {
  readonly context: Uint8Array;
  readonly deadline: number;
  readonly done: (index: number | undefined) => void;
  askedAtTick: number;
  /** The read index, once the leader confirmed its leadership (dissertation 6.4). */
  index: number | undefined;
}

/** Linearizable read points of this node. */
export class Reads {
  private readonly pending = new Map<string, Read>();
  private ticks = 0;
  private counter = 0;
  private readonly node: Node;
  private readonly clock: Clock;
  private readonly boot: Uint8Array;

  constructor(node: Node, clock: Clock, boot: Uint8Array) {
    this.node = node;
    this.clock = clock;
    this.boot = boot;
  }

  /** Resolves with the index once it is applied here; undefined if no leader confirmed it in time. */
  read(timeoutMs: number): Promise<number | undefined> {
    if (this.pending.size >= READS_MAX || !this.node.running) return Promise.resolve(undefined);
    this.counter += 1;
    const context = Buffer.alloc(12);
    context.set(this.boot.subarray(0, 8));
    context.writeUInt32BE(this.counter >>> 0, 8);
    return new Promise((done) => {
      const read: Read = {
        context,
        deadline: this.clock.now() + timeoutMs,
        done,
        askedAtTick: this.ticks,
        index: undefined,
      };
      this.pending.set(context.toString("hex"), read);
      this.ask(read);
    });
  }

  tick(): void {
    this.ticks += 1;
    const now = this.clock.now();
    for (const [key, read] of this.pending) {
      if (now >= read.deadline) {
        this.pending.delete(key);
        read.done(undefined);
      } else if (read.index === undefined && this.ticks - read.askedAtTick >= RETRY_TICKS) this.ask(read);
    }
  }

  onReadState(context: Uint8Array, index: number): void {
    const read = this.pending.get(Buffer.from(context).toString("hex"));
    if (read === undefined || read.index !== undefined) return;
    read.index = index;
    this.onApplied();
  }

  onApplied(): void {
    if (this.pending.size === 0) return;
    for (const [key, read] of this.pending) {
      if (read.index === undefined || read.index > this.node.appliedIndex) continue;
      this.pending.delete(key);
      read.done(read.index);
    }
  }

  close(): void {
    for (const read of this.pending.values()) read.done(undefined);
    this.pending.clear();
  }

  private ask(read: Read): void {
    read.askedAtTick = this.ticks;
    if (this.node.leader.current.leader === undefined) return;
    this.node.use((raft) => raft.readIndex(read.context));
  }
}
