/** Proposals: what a leader appends, and what it refuses. */
import { changeConfig } from "./confchange/changer";
import { decodeConfChange, decodeConfChangeV1 } from "./confchange/codec";
import { newMessage, type Raft } from "./raft";
import { appendToLog, broadcastAppend, type Proposal } from "./replication";
import { type Appended, NONE, type Refusal } from "./types";
import { isMalformed } from "./wire_reader";

const EMPTY_PROPOSAL: Proposal = { type: "normal", data: new Uint8Array(0) };

type DropReason = Extract<Refusal, { kind: "proposal-dropped" }>["reason"];

function drop(raft: Raft, reason: DropReason): Refusal {
  raft.note("DEBUG", () => `dropping a proposal: ${reason}`);
  return { kind: "proposal-dropped", reason };
}

/** Takes proposals in any role: a leader appends them, a follower passes them on where that is allowed. */
export function propose(
  raft: Raft,
  proposals: readonly Proposal[],
): Appended | { readonly kind: "forwarded" } | Refusal {
  if (raft.role === "leader") return handleProposal(raft, proposals);
  if (raft.role !== "follower" || raft.leader === NONE) return drop(raft, "no-leader");
  if (raft.config.disableProposalForwarding) return drop(raft, "not-leader");
  const message = newMessage("prop", raft.leader);
  message.entries = proposals.map(({ type, data }) => ({ term: 0, index: 0, type, data }));
  raft.send(message);
  return { kind: "forwarded" };
}

/**
 * A leader appends proposals and sends them out. A configuration change that may not be made now is replaced by an empty
 * entry. Answers the place of the first one.
 */
export function handleProposal(raft: Raft, proposals: readonly Proposal[]): Appended | Refusal {
  if (raft.tracker.get(raft.id) === undefined) return drop(raft, "removed");
  if (raft.leadTransferee !== NONE) return drop(raft, "transferring");
  const index = raft.log.lastIndex() + 1;
  let pendingConfIndex = raft.pendingConfIndex;
  const accepted = proposals.map((proposal, i) => {
    if (proposal.type === "normal") return proposal;
    const refusal = refuseConfChange(raft, proposal, pendingConfIndex);
    if (refusal !== undefined) {
      raft.note("INFO", () => `replacing a configuration change by an empty entry: ${refusal}`);
      return EMPTY_PROPOSAL;
    }
    pendingConfIndex = index + i;
    return proposal;
  });
  if (!appendToLog(raft, accepted)) return drop(raft, "too-much-uncommitted");
  raft.pendingConfIndex = pendingConfIndex;
  broadcastAppend(raft);
  return { kind: "appended", index, term: raft.term, replaced: accepted[0] !== proposals[0] };
}

/**
 * Why a configuration change may not be appended now; undefined if it may. With none pending the configuration in force
 * is the one the change will meet when it is applied, so this check is exact.
 */
function refuseConfChange(raft: Raft, proposal: Proposal, pendingConfIndex: number): string | undefined {
  const change =
    proposal.type === "conf-change" ? decodeConfChangeV1(proposal.data) : decodeConfChange(proposal.data);
  if (isMalformed(change)) return `not decodable: ${change.detail}`;
  if (raft.config.disableConfChangeValidation) return undefined;
  if (pendingConfIndex > raft.log.applied) {
    return `entry ${pendingConfIndex} may hold another one, and only ${raft.log.applied} is applied`;
  }
  const result = changeConfig(raft.tracker.config, change);
  return result.kind === "refused" ? result.detail : undefined;
}
