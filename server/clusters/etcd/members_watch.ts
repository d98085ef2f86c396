import type { MembershipView } from "../../../protocol/membership";
import { sameUrls } from "../attached/effects";
import { ObservedMembership } from "../attached/membership_feed";
import type { RecordBook } from "../attached/record_book";
import { type EtcdMember, hexId, toSeen } from "./member";
import type { MembershipLook } from "./membership_read";

/** Views that are kept to tell by which index a member that is behind stands. */
const VIEWS_MAX = 32;
/** Members that left are kept so that their data directories are not forgotten: this many, for so long (ms). */
const REMOVED_MAX = 8;
const REMOVED_KEPT_MS = 24 * 3_600_000;

/** What is remembered of who left. */
export type LeftMember = Pick<EtcdMember, "id" | "name">;

/**
 * The membership of one etcd cluster as this console publishes it: indexes are its own observations, so the epoch is etcd's
 * cluster id and the instance of this console's record. The last view of an earlier run goes on.
 */
export class EtcdMembership {
  readonly feed: ObservedMembership;
  private readonly book: RecordBook;
  private kept: MembershipView[] = [];
  private last: readonly EtcdMember[] = [];
  private left: { readonly member: LeftMember; readonly at: number }[];
  private readonly now: () => number;

  /** `now`: milliseconds on a clock that never goes back. */
  constructor(book: RecordBook, now: () => number) {
    this.book = book;
    this.now = now;
    const before = book.lastView;
    const initial = before ?? emptyView(book.instance);
    if (before !== undefined) this.kept.push(before);
    // Who never told a name was never started, as far as the record knows, and has no data directory.
    this.left = book
      .removals(REMOVED_KEPT_MS)
      .flatMap(({ id, name, ageMs }) => (name === "" ? [] : [{ member: { id, name }, at: now() - ageMs }]))
      .slice(-REMOVED_MAX);
    this.feed = new ObservedMembership(initial, (publication) => book.published(publication));
  }

  get newest(): MembershipView {
    return this.feed.newest;
  }

  /** Views of the epoch in force, newest last. */
  get views(): readonly MembershipView[] {
    return this.kept;
  }

  /** Members this console saw leave within a day, also in an earlier run, and that had been started, newest last. */
  get removed(): readonly LeftMember[] {
    const since = this.now() - REMOVED_KEPT_MS;
    return this.left.flatMap(({ member, at }) => (at >= since ? [member] : []));
  }

  /** Takes in a linearizable look. */
  observe(look: MembershipLook): void {
    const before = this.newest;
    const view = this.feed.observe({
      epoch: epochOf(look.clusterId, this.book.instance),
      members: look.members.map(toSeen),
      index: look.index,
      exact: look.exact,
      indexed: false,
    });
    const present = new Set(look.members.map(({ id }) => id));
    if (view.epoch === before.epoch) {
      // Who was never started has no data directory.
      const gone = this.last.filter(({ id, name }) => !present.has(id) && name !== "");
      const at = this.now();
      this.left = [...this.left, ...gone.map((member) => ({ member, at }))].slice(-REMOVED_MAX);
    }
    this.last = look.members;
    if (view === before) return;
    const same = this.kept.filter(({ epoch }) => epoch === view.epoch);
    this.kept = [...same, view].slice(-VIEWS_MAX);
  }

  /** The name a member was added with, by this console's record: etcd learns it only when the member starts. */
  wishedName({ id, peerUrls }: Pick<EtcdMember, "id" | "peerUrls">): string | undefined {
    const adding = this.book.openRequests.find(
      ({ begun: { intent } }) => intent.kind === "add-learner" && sameUrls(intent.peerUrls, peerUrls),
    );
    if (adding !== undefined) return adding.begun.intent.name || undefined;
    const { entries } = this.book.history(0, HISTORY_LOOKUP);
    const added = entries.findLast(
      ({ kind, outcome, changes }) =>
        kind === "add-learner" && outcome === "applied" && changes.some((change) => change.id === id),
    );
    const name = added?.changes.find((change) => change.id === id)?.name;
    return name === "" ? undefined : name;
  }

  close(): void {
    this.feed.close();
  }
}

const HISTORY_LOOKUP = 5000;

function epochOf(clusterId: string, instance: string): string {
  return `${hexId(clusterId)}-${instance}`;
}

/** Before anything was read. */
function emptyView(instance: string): MembershipView {
  const snapshot = { members: [], learners: [], committedIndex: 0 };
  return { epoch: `unread-${instance}`, exact: false, sequence: 0, snapshot };
}
