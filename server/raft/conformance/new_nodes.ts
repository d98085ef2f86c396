import { NO_LIMIT, type Snapshot } from "../types";
import type { Arguments } from "./arguments";
import type { NodeOptions } from "./cluster";

/** What `add-nodes` asks for. Without a snapshot the nodes have not joined any cluster. */
export interface NewNodes {
  readonly count: number;
  readonly options: NodeOptions;
  readonly snapshot: Snapshot | undefined;
}

/** Reads the arguments of `add-nodes`; an error of the command as text. */
export function readNewNodes(given: Arguments): NewNodes | string {
  const count = given.nextNumber("how many nodes");
  const voters = given.ids("voters") ?? [];
  const learners = given.ids("learners") ?? [];
  const index = given.number("index") ?? 0;
  const content = given.text("content") ?? "";
  const options = readOptions(given);
  given.done();
  const bootstrapped = voters.length > 0 || learners.length > 0 || index > 0 || content !== "";
  if (!bootstrapped) return { count, options, snapshot: undefined };
  if (index <= 1) return "index must be specified as > 1 due to bootstrap";
  const ascending = (ids: readonly number[]) => [...ids].sort((a, b) => a - b);
  const confState = {
    voters: ascending(voters),
    learners: ascending(learners),
    votersOutgoing: [],
    learnersNext: [],
    autoLeave: false,
  };
  return {
    count,
    options,
    snapshot: { metadata: { confState, index, term: 1 }, data: new TextEncoder().encode(content) },
  };
}

function readOptions(given: Arguments): NodeOptions {
  return {
    electionTick: 3,
    heartbeatTick: 1,
    asyncStorageWrites: given.boolean("async-storage-writes") ?? false,
    maxSizePerMsg: given.number("max-size-per-msg") ?? NO_LIMIT,
    maxCommittedSizePerReady: given.number("max-committed-size-per-ready") ?? 0,
    maxUncommittedEntriesSize: given.number("max-uncommitted-size") ?? 0,
    maxInflightMsgs: given.number("inflight") ?? 2 ** 31 - 1,
    maxInflightBytes: given.number("inflight-bytes") ?? 0,
    checkQuorum: given.boolean("checkquorum") ?? false,
    preVote: given.boolean("prevote") ?? false,
    readOnly: given.choice("read-only", ["safe", "lease-based"]) ?? "safe",
    disableProposalForwarding: given.boolean("disable-proposal-forwarding") ?? false,
    disableConfChangeValidation: given.boolean("disable-conf-change-validation") ?? false,
    stepDownOnRemoval: given.boolean("step-down-on-removal") ?? false,
  };
}
