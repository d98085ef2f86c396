import { type ChangedConfig, EMPTY_CONFIG } from "../confchange/changer";
import { union, without } from "../confchange/id_lists";
import { committedIndex, type JointVoters, type VoteResult, voteResult, voterIds } from "../quorum/index";
import type { ConfState, NodeId } from "../types";
import { Inflights } from "./inflights";
import { Progress } from "./progress";

/** The configuration in force, the leader's view of each of its members, and the votes of an election under way. */
export class Tracker {
  readonly #inflightMessagesMax: number;
  readonly #inflightBytesMax: number;
  #config: ConfState = EMPTY_CONFIG;
  #voters: JointVoters = { incoming: [], outgoing: [] };
  #voterIds: readonly NodeId[] = [];
  /** Every member, ascending: everything that is done to all members is done in this order. */
  #ids: readonly NodeId[] = [];
  readonly #progress = new Map<NodeId, Progress>();
  readonly #votes = new Map<NodeId, boolean>();
  readonly #matchOf = (id: NodeId) => this.#progress.get(id)?.match;
  readonly #voteOf = (id: NodeId) => this.#votes.get(id);
  readonly #activityOf = (id: NodeId) => this.#progress.get(id)?.recentActive;

  constructor(inflightMessagesMax: number, inflightBytesMax: number) {
    this.#inflightMessagesMax = inflightMessagesMax;
    this.#inflightBytesMax = inflightBytesMax;
  }

  get config(): ConfState {
    return this.#config;
  }

  get voters(): JointVoters {
    return this.#voters;
  }

  /** Voters of both halves, ascending. */
  get voterIds(): readonly NodeId[] {
    return this.#voterIds;
  }

  /** Every member, ascending. */
  get ids(): readonly NodeId[] {
    return this.#ids;
  }

  get(id: NodeId): Progress | undefined {
    return this.#progress.get(id);
  }

  isVoter(id: NodeId): boolean {
    return this.#voterIds.includes(id);
  }

  /** A single voter decides alone. */
  get isSingleton(): boolean {
    return this.#voters.incoming.length === 1 && this.#voters.outgoing.length === 0;
  }

  /** Puts a new configuration in force. Members that stay keep what is known about them. */
  switchTo({ config, fresh }: ChangedConfig, lastIndex: number): void {
    this.#config = config;
    this.#voters = { incoming: config.voters, outgoing: config.votersOutgoing };
    this.#voterIds = voterIds(this.#voters);
    const before = this.#ids;
    this.#ids = union(this.#voterIds, config.learners);
    for (const id of without(before, this.#ids)) this.#progress.delete(id);
    for (const id of fresh) this.#progress.delete(id);
    const learners = new Set(config.learners);
    for (const id of this.#ids) {
      const isLearner = learners.has(id);
      const kept = this.#progress.get(id);
      // A new member counts as active, or a check-quorum right after its coming would depose the leader.
      const progress = kept ?? new Progress(Math.max(lastIndex, 1), isLearner, true, this.#newInflights());
      progress.isLearner = isLearner;
      if (kept === undefined) this.#progress.set(id, progress);
    }
  }

  /** Forgets what is known of every member's log, as a new term begins. */
  resetProgress(lastIndex: number, self: NodeId): void {
    for (const id of this.#ids) {
      const isLearner = this.#progress.get(id)?.isLearner ?? false;
      const progress = new Progress(lastIndex + 1, isLearner, false, this.#newInflights());
      if (id === self) progress.match = lastIndex;
      this.#progress.set(id, progress);
    }
  }

  /** The highest index that the voters hold, joint if need be. */
  committed(): number {
    return committedIndex(this.#voters, this.#matchOf);
  }

  /** Whether enough voters were heard from since they were last marked inactive. */
  quorumActive(): boolean {
    return voteResult(this.#voters, this.#activityOf) === "won";
  }

  /** Everyone but `self` counts as silent until heard from again. */
  markInactive(self: NodeId): void {
    for (const [id, progress] of this.#progress) {
      if (id !== self) progress.recentActive = false;
    }
  }

  resetVotes(): void {
    this.#votes.clear();
  }

  /** Only the first vote of a member counts. */
  recordVote(id: NodeId, granted: boolean): void {
    if (!this.#votes.has(id)) this.#votes.set(id, granted);
  }

  /** Votes of voters so far. Learners are never counted, whatever they answered. */
  tally(): { readonly granted: number; readonly rejected: number; readonly result: VoteResult } {
    let granted = 0;
    let rejected = 0;
    for (const id of this.#voterIds) {
      const vote = this.#votes.get(id);
      if (vote === true) granted++;
      else if (vote === false) rejected++;
    }
    return { granted, rejected, result: voteResult(this.#voters, this.#voteOf) };
  }

  #newInflights(): Inflights {
    return new Inflights(this.#inflightMessagesMax, this.#inflightBytesMax);
  }
}
