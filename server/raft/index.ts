/** The public surface of the core. */
export { assert, InvariantError } from "./assert";
export * from "./codec";
export {
  type ChangedConfig,
  type ConfChangeRefusal,
  changeConfig,
  checkConfig,
  EMPTY_CONFIG,
  entersJoint,
  isJoint,
  leavesJoint,
} from "./confchange/changer";
export { describeChanges, describeConfig, parseChanges } from "./confchange/notation";
export {
  describeConfState,
  describeEntry,
  describeHardState,
  describeMessage,
  describeMessageType,
  describeProgress,
  describeReady,
  describeRefusal,
  describeRole,
} from "./describe";
export { entriesSize, entrySize, payloadSize } from "./log/entry_size";
export { MemoryLog } from "./memory_log";
export { type JointVoters, majoritySize, type VoteResult, voterIds } from "./quorum/index";
export { RawNode } from "./raw_node";
export * from "./types";
