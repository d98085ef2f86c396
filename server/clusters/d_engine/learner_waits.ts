import { evictionDueInMs, outlookOf, type PromotionOutlook } from "./promotion";

/** A learner that d-engine may promote, and whether it answers now. */
export interface PromotableLearner {
  readonly id: number;
  readonly answering: boolean;
}

/** How a promotable learner stands: its turn, and how long until it is evicted where it has none. */
export interface LearnerOutlook extends PromotionOutlook {
  /** Ms until its eviction, as far as this console can tell; undefined: none is due. */
  readonly evictionInMs: number | undefined;
}

/** Remembers since when learners have been waiting for promotion, and under which leader. Times are ms on one clock. */
export class LearnerWaits {
  private readonly since = new Map<number, number>();
  private leader: { readonly key: string; readonly since: number } | undefined;

  /** Takes in the learners that may be promoted, the number of voters and the leader with its term; answers each learner's outlook. */
  outlooks(
    learners: readonly PromotableLearner[],
    voters: number,
    leader: { readonly id: number; readonly term: number } | undefined,
    now: number,
  ): ReadonlyMap<number, LearnerOutlook> {
    this.note(learners, leader, now);
    const order = [...learners].sort((a, b) => (this.since.get(a.id) ?? now) - (this.since.get(b.id) ?? now));
    const waiting = order.filter(({ id }) => this.since.has(id));
    return new Map(order.map(({ id }) => [id, this.outlook(id, waiting, voters, now)]));
  }

  private outlook(
    id: number,
    waiting: readonly PromotableLearner[],
    voters: number,
    now: number,
  ): LearnerOutlook {
    const place = waiting.findIndex((learner) => learner.id === id);
    if (place < 0) {
      // It would queue behind those that wait already.
      return { ...outlookOf(voters, waiting.length + 1, waiting.length), evictionInMs: undefined };
    }
    const outlook = outlookOf(voters, waiting.length, place);
    if (outlook.due) return { ...outlook, evictionInMs: undefined };
    const since = { answeringSince: this.since.get(id), leaderSince: this.leader?.since };
    return { ...outlook, evictionInMs: evictionDueInMs(since, now) };
  }

  private note(
    learners: readonly PromotableLearner[],
    leader: { readonly id: number; readonly term: number } | undefined,
    now: number,
  ): void {
    for (const { id, answering } of learners) if (answering && !this.since.has(id)) this.since.set(id, now);
    const present = new Set(learners.map(({ id }) => id));
    for (const id of this.since.keys()) if (!present.has(id)) this.since.delete(id);
    if (leader === undefined) return;
    const key = `${leader.id}@${leader.term}`;
    if (this.leader?.key !== key) this.leader = { key, since: now };
  }
}
