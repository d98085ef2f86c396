import type { Message, Snapshot } from "../raft/types";
import { sameConfState } from "./configuration";
import { Registry } from "./registry";
import { splitSnapshotData } from "./snapshot_data";

/**
 * Whether a snapshot from a peer is one of this engine and agrees with itself. Looked at before the core sees it: once it is durable,
 * an unreadable one would keep this node from ever starting again.
 */
export function isInstallable({ metadata, data }: Snapshot): boolean {
  const parts = splitSnapshotData(data);
  const registry = parts === undefined ? undefined : Registry.decode(parts.registry);
  return (
    registry !== undefined &&
    registry.configIndex <= metadata.index &&
    sameConfState(registry.confState, metadata.confState)
  );
}

/** A message in words, without what it carries. */
export function describeMessage({ type, term, index, commit }: Message): string {
  return `a message of type ${type} (term ${term}, index ${index}, commit ${commit})`;
}

/** What a candidate or a leader asks of a follower. */
export function isOfOthers(message: Message): boolean {
  return message.type === "heartbeat" || asksPromise(message);
}

/** What is answered only once something is durable. */
export function asksPromise({ type }: Message): boolean {
  return type === "vote" || type === "pre-vote" || type === "app" || type === "snap";
}
