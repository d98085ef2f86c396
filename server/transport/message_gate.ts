import { decodeMessage, isMalformed } from "../raft/codec";
import type { Message, MessageType, NodeId } from "../raft/types";
import { type Closure, impossible, malformed } from "./closure";

/**
 * The highest term or index a peer may name. What is derived from one is a little higher, and must stay a safe integer; no cluster
 * comes near: at a million entries a second it takes 142 years.
 */
const NUMBER_MAX = 2 ** 52;

/** Whether a type of message travels between nodes, and whether a node may pass on one of another sender. */
const TRAVELS: Readonly<Record<MessageType, "no" | "own" | "forwarded">> = {
  hup: "no",
  beat: "no",
  prop: "forwarded",
  app: "own",
  "app-resp": "own",
  vote: "own",
  "vote-resp": "own",
  snap: "own",
  heartbeat: "own",
  "heartbeat-resp": "own",
  unreachable: "no",
  "snap-status": "no",
  "check-quorum": "no",
  // A follower passes the request on to its leader; `from` is then the node that shall lead.
  "transfer-leader": "forwarded",
  "timeout-now": "own",
  "read-index": "forwarded",
  "read-index-resp": "own",
  "pre-vote": "own",
  "pre-vote-resp": "own",
  "storage-append": "no",
  "storage-append-resp": "no",
  "storage-apply": "no",
  "storage-apply-resp": "no",
  "forget-leader": "no",
};

/** Whether a node may send this message to another. The rest concerns a node and its own storage. */
export function travels(message: Message): boolean {
  return TRAVELS[message.type] !== "no" && message.responses.length === 0;
}

/** Why `peer` may not have sent this message to `self`; undefined: it may. No vote or acknowledgement passes under another's name. */
export function gateFault(message: Message, self: NodeId, peer: NodeId): Closure | undefined {
  if (!travels(message)) return malformed(`a message of type ${message.type} from another node`);
  if (message.to !== self) return malformed(`a message for node ${message.to}`);
  if (message.from !== peer && TRAVELS[message.type] !== "forwarded")
    return malformed(`a message of type ${message.type} in the name of node ${message.from}`);
  const why = contradiction(message);
  return why === undefined ? undefined : impossible(message.type, why);
}

/** What is wrong with a message whatever this node's own state is; undefined: nothing. */
function contradiction(message: Message): string | undefined {
  const { type, term, logTerm, index, commit, rejectHint, entries, snapshot } = message;
  const at = snapshot?.metadata;
  const highest = Math.max(term, logTerm, index, commit, rejectHint, at?.index ?? 0, at?.term ?? 0);
  if (highest + entries.length > NUMBER_MAX) return `names ${highest}, which no log reaches`;
  if (TRAVELS[type] === "own" && term === 0) return "has no term";
  if ((type === "app" || type === "vote" || type === "pre-vote") && logTerm > term)
    return `is of term ${term} and builds on an entry of term ${logTerm}`;
  if (at !== undefined && (at.term > term || at.index === 0))
    return `is of term ${term} and holds a snapshot at index ${at.index} of term ${at.term}`;
  return undefined;
}

/** Reads the payload of a message frame. Snapshots have frames of their own. */
export function readMessage(payload: Buffer, self: NodeId, peer: NodeId): Message | Closure {
  const message = decodeMessage(payload);
  if (isMalformed(message)) return malformed(`a message: ${message.detail}`);
  if (message.type === "snap") return malformed("a snapshot in a single frame");
  return gateFault(message, self, peer) ?? message;
}
