import type { Message, NodeId } from "../../server/raft/types";

/** A message as one line of the trace. */
export function messageLine(from: NodeId, m: Message): string {
  const place =
    m.type === "app" || m.type.endsWith("vote")
      ? ` after ${m.logTerm}/${m.index}`
      : m.index > 0
        ? ` ${m.index}`
        : "";
  const entries =
    m.entries.length > 0
      ? ` entries ${m.entries.map((e) => `${e.index}${e.type === "normal" ? "" : "c"}`).join(",")}`
      : "";
  const snapshot = m.snapshot === undefined ? "" : ` snapshot ${m.snapshot.metadata.index}`;
  return `n${from} -> n${m.to} ${m.type} t${m.term}${place}${entries}${snapshot}${m.commit > 0 ? ` commit ${m.commit}` : ""}${m.reject ? " REJECT" : ""}`;
}
