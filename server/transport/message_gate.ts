import { decodeMessage, isMalformed } from "../raft/codec";
import type { Message, MessageType, NodeId } from "../raft/types";
import { type Closure, malformed } from "./closure";

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
  return undefined;
}

/** Reads the payload of a message frame. Snapshots have frames of their own. */
export function readMessage(payload: Buffer, self: NodeId, peer: NodeId): Message | Closure {
  const message = decodeMessage(payload);
  if (isMalformed(message)) return malformed(`a message: ${message.detail}`);
  if (message.type === "snap") return malformed("a snapshot in a single frame");
  return gateFault(message, self, peer) ?? message;
}
