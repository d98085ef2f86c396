import { decodeConfChange, isMalformed } from "../raft/codec";
import type { Entry, RaftNode, Snapshot } from "../raft/types";
import { isJoint } from "./configuration";
import type { Applied, NodePorts } from "./node_ports";
import { decodeContext, decodePayload } from "./payload";
import { Registry } from "./registry";
import { otherFormatOf } from "./registry_codec";
import { joinSnapshotData, splitSnapshotData, UnreadableSnapshot } from "./snapshot_data";
import type { StateMachine } from "./types";

/** The core, as far as a committed configuration entry concerns it. */
type ConfigurationInForce = Pick<RaftNode, "checkConfChange" | "applyConfChange">;

/** What the committed entries up to an index made of the registry and of the application: the same on every node. */
export class Applier {
  registry: Registry;
  /** The last applied entry. */
  index: number;
  term: number;
  private readonly stateMachine: StateMachine | undefined;
  private readonly log: NodePorts["log"];

  /** Begins with what a log snapshot holds. */
  constructor(snapshot: Snapshot, stateMachine: StateMachine | undefined, log: NodePorts["log"]) {
    this.stateMachine = stateMachine;
    this.log = log;
    this.index = snapshot.metadata.index;
    this.term = snapshot.metadata.term;
    this.registry = this.restore(snapshot);
  }

  /** Takes over a snapshot in the place of entries. */
  install(snapshot: Snapshot): void {
    this.registry = this.restore(snapshot);
    this.index = snapshot.metadata.index;
    this.term = snapshot.metadata.term;
  }

  private restore(snapshot: Snapshot): Registry {
    const parts = splitSnapshotData(snapshot.data);
    const registry = parts === undefined ? undefined : Registry.decode(parts.registry);
    if (parts === undefined || registry === undefined) {
      const format = parts === undefined ? undefined : otherFormatOf(parts.registry);
      const what =
        format === undefined
          ? "is not one of this engine"
          : `was written by another version of rollcall (format ${format}), which this one does not read`;
      throw new UnreadableSnapshot(`the snapshot at index ${snapshot.metadata.index} ${what}`);
    }
    this.stateMachine?.restore(parts.application);
    return registry;
  }

  /** Everything that was applied, as the data of a log snapshot. */
  snapshotData(): Uint8Array {
    return joinSnapshotData(this.registry.encode(), this.stateMachine?.snapshot() ?? new Uint8Array());
  }

  /** Carries out the entry after the last one. */
  apply(entry: Entry, core: ConfigurationInForce): Applied["outcome"] {
    const outcome = entry.type === "normal" ? this.applyNormal(entry) : this.applyConfiguration(entry, core);
    this.index = entry.index;
    this.term = entry.term;
    return outcome;
  }

  private applyNormal(entry: Entry): Applied["outcome"] {
    const payload = decodePayload(entry.data);
    switch (payload.kind) {
      case "application":
        if (payload.data.length > 0) this.stateMachine?.apply(entry.index, payload.data);
        return { kind: "application", key: payload.key };
      case "command": {
        const result = this.registry.applyCommand(entry.index, entry.term, payload.command);
        return { kind: "command", key: payload.key, result };
      }
      case "malformed":
        this.log("error", `entry ${entry.index} holds nothing this version can read; it is skipped`);
        return { kind: "none" };
      case "empty":
        return { kind: "none" };
    }
  }

  /**
   * A committed configuration entry is judged again, from the log alone, before the core sees it: the core panics on an invalid
   * change, and one bad committed entry would then stop every node at every restart.
   */
  private applyConfiguration(entry: Entry, core: ConfigurationInForce): Applied["outcome"] {
    const { index, term } = entry;
    const change = decodeConfChange(entry.data);
    if (isMalformed(change)) {
      this.log("error", `configuration entry ${index} cannot be read; it is skipped`);
      return { kind: "none" };
    }
    const refusal = core.checkConfChange(change);
    if (change.changes.length === 0) {
      if (refusal !== undefined) return { kind: "none" };
      return {
        kind: "joint-left",
        requestId: this.registry.applyLeave(index, term, core.applyConfChange(change)),
      };
    }
    const context = decodeContext(change.context);
    if (context === undefined) return { kind: "none" };
    const reason = this.registry.rejection(context) ?? refusal;
    if (reason !== undefined) {
      this.registry.reject(index, term, context, reason);
      return { kind: "change-rejected", requestId: context.requestId, reason };
    }
    const confState = core.applyConfChange(change);
    this.registry.applyChange(index, term, context, confState);
    return { kind: "change-applied", requestId: context.requestId, joint: isJoint(confState) };
  }
}
