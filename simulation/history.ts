import type { Invariants } from "./invariants/invariants";
import { checkRegister, type Operation } from "./linearizability";
import type { World } from "./world";

/** A register gets a successor once it has so many operations, or so many writes whose outcome nobody knows or knows yet. */
const OPERATIONS_MAX = 80;
const UNKNOWN_MAX = 6;
const REGISTERS = 3;

/** A write or a read under way. */
export interface OpenOperation {
  readonly key: number;
  readonly value: number;
  readonly called: number;
  /** The highest index that any node knew to be committed before the call. */
  readonly committed: number;
}

/** Everything clients asked of the registers and what they were told. */
export class History {
  private readonly operations = new Map<number, Operation[]>();
  /** Writes by register that are under way, or whose outcome nobody will ever know. */
  private readonly unknown = new Map<number, number>();
  private readonly refused = new Set<number>();
  private readonly keys: number[] = [];
  private nextKey = 1;
  private nextValue = 1;
  private stamp = 0;
  private readonly world: World;
  private readonly invariants: Invariants;
  private readonly open = new Set<OpenOperation>();
  completed = 0;

  constructor(world: World, invariants: Invariants) {
    this.world = world;
    this.invariants = invariants;
    for (let i = 0; i < REGISTERS; i += 1) this.keys.push(this.nextKey++);
  }

  /** Calls a write to any register in use. */
  callWrite(register: number): OpenOperation {
    const value = this.nextValue++;
    const call = {
      key: this.keyAt(register),
      value,
      called: this.stamp++,
      committed: this.invariants.committedMax,
    };
    this.open.add(call);
    this.count(call, 1);
    return call;
  }

  private count({ key }: OpenOperation, more: number): void {
    this.unknown.set(key, (this.unknown.get(key) ?? 0) + more);
  }

  callRead(register: number): OpenOperation {
    return {
      key: this.keyAt(register),
      value: 0,
      called: this.stamp++,
      committed: this.invariants.committedMax,
    };
  }

  private keyAt(register: number): number {
    const slot = register % REGISTERS;
    const key = this.keys[slot] ?? 1;
    const full = (this.operations.get(key)?.length ?? 0) >= OPERATIONS_MAX;
    if (!full && (this.unknown.get(key) ?? 0) < UNKNOWN_MAX) return key;
    const next = this.nextKey++;
    this.keys[slot] = next;
    return next;
  }

  wroteAt(call: OpenOperation, index: number): void {
    this.open.delete(call);
    this.count(call, -1);
    this.completed += 1;
    this.add(call.key, { kind: "write", value: call.value, called: call.called, returned: this.stamp++ });
    const at = this.invariants.appliedWrites.get(call.value);
    if (at !== index)
      this.world.breaks(
        "an acknowledged write is applied",
        `write ${call.value} was acknowledged at ${index}, applied at ${at}`,
      );
  }

  writeRefused(call: OpenOperation): void {
    this.open.delete(call);
    this.count(call, -1);
    this.refused.add(call.value);
    if (this.invariants.appliedWrites.has(call.value))
      this.world.breaks("a refused request does nothing", `write ${call.value} was refused, and applied`);
  }

  writeUnknown(call: OpenOperation): void {
    this.open.delete(call);
    this.world.covers("unknown-outcome");
    this.add(call.key, {
      kind: "write",
      value: call.value,
      called: call.called,
      returned: Number.POSITIVE_INFINITY,
    });
  }

  readAt(call: OpenOperation, index: number, value: number): void {
    this.completed += 1;
    this.add(call.key, { kind: "read", value, called: call.called, returned: this.stamp++ });
    if (index < call.committed)
      this.world.breaks(
        "a read is not stale",
        `read point ${index}, but ${call.committed} was committed before the call`,
      );
  }

  private add(key: number, operation: Operation): void {
    const list = this.operations.get(key);
    if (list === undefined) this.operations.set(key, [operation]);
    else list.push(operation);
  }

  /** Looks at everything once the run is over. */
  check(): void {
    for (const call of this.open) this.writeUnknown(call);
    for (const value of this.refused)
      if (this.invariants.appliedWrites.has(value))
        this.world.breaks("a refused request does nothing", `write ${value} was refused, and applied`);
    for (const [key, operations] of this.operations) {
      const verdict = checkRegister(operations);
      if (verdict === "undecided") this.world.covers("linearizability-undecided");
      if (verdict === "not-linearizable")
        this.world.breaks(
          "reads and writes are linearizable",
          `register ${key}: ${operations.map(describe).join("; ")}`,
        );
    }
  }
}

function describe(operation: Operation): string {
  const until = operation.returned === Number.POSITIVE_INFINITY ? "?" : operation.returned;
  return `${operation.kind} ${operation.value} [${operation.called}, ${until}]`;
}
