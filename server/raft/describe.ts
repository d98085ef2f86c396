/**
 * The core's data as text, one notation for logs and for the conformance suite: ids are hexadecimal in messages and
 * decimal elsewhere; fields that are zero are left out where the notation allows it.
 */
import { decodeConfChange, decodeConfChangeV1 } from "./confchange/codec";
import { describeChanges } from "./confchange/notation";
import {
  type ConfState,
  type Entry,
  type EntryType,
  type HardState,
  LOCAL_APPEND_THREAD,
  LOCAL_APPLY_THREAD,
  type Message,
  type MessageType,
  NONE,
  type NodeId,
  type ProgressState,
  type ProgressView,
  type Ready,
  type Refusal,
  type Snapshot,
  type StateRole,
} from "./types";
import { isMalformed } from "./wire_reader";

const MESSAGE_NAMES: Readonly<Record<MessageType, string>> = {
  hup: "MsgHup",
  beat: "MsgBeat",
  prop: "MsgProp",
  app: "MsgApp",
  "app-resp": "MsgAppResp",
  vote: "MsgVote",
  "vote-resp": "MsgVoteResp",
  snap: "MsgSnap",
  heartbeat: "MsgHeartbeat",
  "heartbeat-resp": "MsgHeartbeatResp",
  unreachable: "MsgUnreachable",
  "snap-status": "MsgSnapStatus",
  "check-quorum": "MsgCheckQuorum",
  "transfer-leader": "MsgTransferLeader",
  "timeout-now": "MsgTimeoutNow",
  "read-index": "MsgReadIndex",
  "read-index-resp": "MsgReadIndexResp",
  "pre-vote": "MsgPreVote",
  "pre-vote-resp": "MsgPreVoteResp",
  "storage-append": "MsgStorageAppend",
  "storage-append-resp": "MsgStorageAppendResp",
  "storage-apply": "MsgStorageApply",
  "storage-apply-resp": "MsgStorageApplyResp",
  "forget-leader": "MsgForgetLeader",
};

const ROLE_NAMES: Readonly<Record<StateRole, string>> = {
  follower: "StateFollower",
  "pre-candidate": "StatePreCandidate",
  candidate: "StateCandidate",
  leader: "StateLeader",
};

const PROGRESS_NAMES: Readonly<Record<ProgressState, string>> = {
  probe: "StateProbe",
  replicate: "StateReplicate",
  snapshot: "StateSnapshot",
};

const ENTRY_NAMES: Readonly<Record<EntryType, string>> = {
  normal: "EntryNormal",
  "conf-change": "EntryConfChange",
  "conf-change-v2": "EntryConfChangeV2",
};

export function describeMessageType(type: MessageType): string {
  return MESSAGE_NAMES[type];
}

/** The reverse of describeMessageType; undefined for a name that is none. */
export function parseMessageType(name: string): MessageType | undefined {
  return (Object.keys(MESSAGE_NAMES) as MessageType[]).find((type) => MESSAGE_NAMES[type] === name);
}

export function describeRole(role: StateRole): string {
  return ROLE_NAMES[role];
}

/** A node as an address of messages: hexadecimal, or the name of a storage thread. */
export function describeNode(id: NodeId): string {
  if (id === NONE) return "None";
  if (id === LOCAL_APPEND_THREAD) return "AppendThread";
  if (id === LOCAL_APPLY_THREAD) return "ApplyThread";
  return id.toString(16);
}

export function describeEntry(entry: Entry): string {
  const head = `${entry.term}/${entry.index} ${ENTRY_NAMES[entry.type]}`;
  if (entry.type === "normal") return `${head} ${quote(entry.data)}`;
  const change = entry.type === "conf-change" ? decodeConfChangeV1(entry.data) : decodeConfChange(entry.data);
  const text = isMalformed(change) ? `<${change.detail}>` : describeChanges(change.changes);
  return text === "" ? head : `${head} ${text}`;
}

/** A message with its entries, snapshot and responses; nested lines are indented by two. */
export function describeMessage(message: Message, indent = ""): string {
  const { entries, snapshot, responses } = message;
  let text = `${indent}${describeNode(message.from)}->${describeNode(message.to)} ${MESSAGE_NAMES[message.type]}`;
  text += ` Term:${message.term} Log:${message.logTerm}/${message.index}`;
  if (message.reject) text += ` Rejected (Hint: ${message.rejectHint})`;
  if (message.commit !== 0) text += ` Commit:${message.commit}`;
  if (message.vote !== NONE) text += ` Vote:${message.vote}`;
  const [first] = entries;
  if (first !== undefined && entries.length === 1) text += ` Entries:[${describeEntry(first)}]`;
  else if (entries.length > 1) {
    const lines = entries.map((entry) => `\n${indent}  ${describeEntry(entry)}`);
    text += ` Entries:[${lines.join("")}\n${indent}]`;
  }
  if (snapshot !== undefined) text += `\n${indent}  Snapshot: ${describeSnapshot(snapshot)}`;
  if (responses.length > 0) {
    const lines = responses.map((response) => `\n${describeMessage(response, `${indent}  `)}`);
    text += ` Responses:[${lines.join("")}\n${indent}]`;
  }
  return text;
}

export function describeConfState(state: ConfState): string {
  const list = (ids: readonly NodeId[]) => `[${ids.join(" ")}]`;
  return (
    `Voters:${list(state.voters)} VotersOutgoing:${list(state.votersOutgoing)} Learners:${list(state.learners)}` +
    ` LearnersNext:${list(state.learnersNext)} AutoLeave:${state.autoLeave}`
  );
}

export function describeSnapshot({ metadata }: Snapshot): string {
  return `Index:${metadata.index} Term:${metadata.term} ConfState:${describeConfState(metadata.confState)}`;
}

export function describeHardState(state: HardState): string {
  const vote = state.vote === NONE ? "" : ` Vote:${state.vote}`;
  return `Term:${state.term}${vote} Commit:${state.commit}`;
}

/** Every field of a Ready that is there, each line ended; "<empty Ready>" when none is. */
export function describeReady(ready: Ready): string {
  const lines: string[] = [];
  const { softState, hardState, readStates, entries, snapshot, committedEntries, messages } = ready;
  if (softState !== undefined) lines.push(`Lead:${softState.leader} State:${ROLE_NAMES[softState.role]}`);
  if (hardState !== undefined) lines.push(`HardState ${describeHardState(hardState)}`);
  if (readStates.length > 0) {
    const states = readStates.map((state) => `{${state.index} [${state.requestContext.join(" ")}]}`);
    lines.push(`ReadStates [${states.join(" ")}]`);
  }
  if (entries.length > 0) lines.push("Entries:", ...entries.map(describeEntry));
  if (snapshot !== undefined) lines.push(`Snapshot ${describeSnapshot(snapshot)}`);
  if (committedEntries.length > 0) lines.push("CommittedEntries:", ...committedEntries.map(describeEntry));
  if (messages.length > 0) lines.push("Messages:", ...messages.map((message) => describeMessage(message)));
  if (lines.length === 0) return "<empty Ready>";
  return `Ready MustSync=${ready.mustSync}:\n${lines.join("\n")}\n`;
}

export function describeProgress(view: ProgressView): string {
  let text = `${PROGRESS_NAMES[view.state]} match=${view.match} next=${view.next}`;
  if (view.isLearner) text += " learner";
  if (view.paused) text += " paused";
  if (view.pendingSnapshot > 0) text += ` pendingSnap=${view.pendingSnapshot}`;
  if (!view.recentActive) text += " inactive";
  if (view.inflight > 0) text += ` inflight=${view.inflight}${view.inflightFull ? "[full]" : ""}`;
  return text;
}

/** A refusal as the suite words it. */
export function describeRefusal(refusal: Refusal): string {
  if (refusal.kind === "proposal-dropped") return "raft proposal dropped";
  if (refusal.kind === "peer-not-found") return "raft: cannot step as peer not found";
  if (refusal.kind === "impossible") return `raft: ${refusal.detail}`;
  return "raft: cannot step raft local message";
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  '"': '\\"',
  "\\": "\\\\",
};

/** Bytes as a quoted string: UTF-8 where it is printable, escapes elsewhere. */
function quote(data: Uint8Array): string {
  let text = "";
  for (let at = 0; at < data.length; ) {
    const length = sequenceLength(data, at);
    const character = length === 0 ? "" : new TextDecoder().decode(data.subarray(at, at + length));
    if (length === 0) text += `\\x${(data[at] ?? 0).toString(16).padStart(2, "0")}`;
    else text += ESCAPES[character] ?? escapeUnprintable(character);
    at += Math.max(length, 1);
  }
  return `"${text}"`;
}

/** How many bytes at `at` form one valid UTF-8 character; 0: none. */
function sequenceLength(data: Uint8Array, at: number): number {
  const first = data[at] ?? 0;
  const length =
    first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length <= 1) return length;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(data.subarray(at, at + length));
    return length;
  } catch {
    return 0;
  }
}

function escapeUnprintable(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (character === " " || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(character)) return character;
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, "0")}`;
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, "0")}`;
  return `\\U${code.toString(16).padStart(8, "0")}`;
}
