import { type ConfState, NONE, type NodeId, type RaftStatus } from "../../server/raft/types";
import type { Endpoint } from "../network";

/** What the checker last saw of one process. */
export interface View {
  term: number;
  role: RaftStatus["role"];
  commit: number;
  applied: number;
  config: ConfState;
  /** Configurations that came into force during the current event, and the one before it. */
  configs: ConfState[];
  transferring: boolean;
  /** Index of the newest membership its watcher saw; outlives the process. */
  published: number;
  /** The last message sender in the current event. */
  by: Endpoint | undefined;
  /** The process began, or a snapshot was installed, in the current event. */
  jumped: boolean;
  /** Vote given, and the term, in this process. */
  votedTerm: number;
  vote: NodeId;
}

/** The configuration of a node that has none. */
export const EMPTY: ConfState = {
  voters: [],
  votersOutgoing: [],
  learners: [],
  learnersNext: [],
  autoLeave: false,
};

/** A node before anything was seen of it. */
export function newView(): View {
  return { ...unseenProcess(), config: EMPTY, configs: [], published: 0, by: undefined };
}

/** What is forgotten of a node when a process of it begins. */
export function unseenProcess(): Pick<
  View,
  "term" | "role" | "commit" | "applied" | "transferring" | "votedTerm" | "vote" | "jumped"
> {
  return {
    term: 0,
    role: "follower",
    commit: 0,
    applied: 0,
    transferring: false,
    votedTerm: 0,
    vote: NONE,
    jumped: true,
  };
}

/** Whether the node votes in either half. */
export function isVoter(config: ConfState, id: NodeId): boolean {
  return config.voters.includes(id) || config.votersOutgoing.includes(id);
}

/** Everybody a configuration names. */
export function membersOf(config: ConfState): Set<NodeId> {
  return new Set([...config.voters, ...config.votersOutgoing, ...config.learners, ...config.learnersNext]);
}
