import type { RaftConfig, StableLog } from "../raft/types";
import type { NodeOptions, NodePorts } from "./node_ports";

/** Ticks between heartbeats, and without a leader before campaigning (at least; at most twice that). */
const HEARTBEAT_TICKS = 2;
export const ELECTION_TICKS = 20;

/** How the product runs the core, on a log that is applied up to `applied`. */
export function coreConfig(
  options: NodeOptions,
  ports: Pick<NodePorts, "random" | "log">,
  storage: StableLog,
  applied: number,
): RaftConfig {
  return {
    id: options.id,
    electionTick: ELECTION_TICKS,
    heartbeatTick: HEARTBEAT_TICKS,
    storage,
    applied,
    asyncStorageWrites: true,
    maxSizePerMsg: options.messageBytesMax ?? 1024 * 1024,
    maxCommittedSizePerReady: 4 * 1024 * 1024,
    maxUncommittedEntriesSize: 64 * 1024 * 1024,
    maxInflightMsgs: options.inflightMessagesMax ?? 256,
    maxInflightBytes: 8 * 1024 * 1024,
    checkQuorum: true,
    preVote: true,
    readOnly: "safe",
    disableProposalForwarding: true,
    disableConfChangeValidation: false,
    stepDownOnRemoval: true,
    random: ports.random,
    logger: {
      enabled: (level) => level !== "DEBUG",
      log: (_level, text) => ports.log("info", text),
    },
  };
}
