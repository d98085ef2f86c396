import type { MemberId, MembershipView } from "../../../protocol/membership";
import type { Receiver } from "../../engine/types";
import { Watch } from "../../engine/watch";
import { changesBetween, type SeenChange, type SeenMember } from "./effects";

/** One look at the members of an attached cluster. */
export interface Observation {
  /** Indexes compare only within one epoch. */
  readonly epoch: string;
  readonly members: readonly SeenMember[];
  /** Index at which they were so; where the cluster tells none, that of the look. */
  readonly index: number;
  /** Whether `index` is certain to belong to these very members. */
  readonly exact: boolean;
  /** Whether `index` is that of the configuration, so that a higher one is news even where the members are the same. */
  readonly indexed: boolean;
}

/** A view that was published, and how it differs from the one before it. Nothing to compare with: no changes. */
export interface Publication {
  readonly view: MembershipView;
  readonly changes: readonly SeenChange[];
}

/** Ids as they stand in snapshots: ascending. */
function ascending(ids: readonly MemberId[]): MemberId[] {
  return [...ids].sort((a, b) => (a.length === b.length ? (a < b ? -1 : 1) : a.length - b.length));
}

function idsOf(members: readonly SeenMember[], role: SeenMember["role"]): MemberId[] {
  return ascending(members.filter((member) => member.role === role).map(({ id }) => id));
}

/**
 * Makes of looks at an attached cluster the watch of views that the console serves: one is published when members or learners
 * changed, or the configuration's own index rose. Indexes rise strictly within an epoch; an older look is dropped.
 */
export class ObservedMembership {
  private readonly watch: Watch<MembershipView>;
  private members: readonly SeenMember[] | undefined;
  private readonly published: (publication: Publication) => void;

  /** `initial`: the last view of an earlier run, or an empty one at index 0. `published` is called before any reader sees the view. */
  constructor(initial: MembershipView, published: (publication: Publication) => void) {
    this.watch = new Watch(initial);
    this.published = published;
  }

  get newest(): MembershipView {
    return this.watch.current;
  }

  /** Takes a look in; answers the newest view. */
  observe(look: Observation): MembershipView {
    const last = this.newest;
    const known = this.members ?? bareMembers(last);
    const continues = look.epoch === last.epoch;
    if (continues && look.indexed && look.index < last.snapshot.committedIndex) return last;
    const members = idsOf(look.members, "voter");
    const learners = idsOf(look.members, "learner");
    const same =
      members.join() === last.snapshot.members.join() && learners.join() === last.snapshot.learners.join();
    const moved = look.indexed && look.index > last.snapshot.committedIndex;
    const changes = this.differences(known, look);
    this.members = look.members;
    if (continues && same && !moved) {
      if (changes.length > 0) this.published({ view: last, changes });
      return last;
    }
    const committedIndex = continues ? Math.max(last.snapshot.committedIndex + 1, look.index) : look.index;
    const view: MembershipView = {
      epoch: look.epoch,
      exact: look.exact && committedIndex === look.index,
      sequence: continues ? last.sequence + 1 : 1,
      snapshot: { members, learners, committedIndex },
    };
    this.published({ view, changes });
    this.watch.send(view);
    return view;
  }

  /** Names and URLs of an earlier run are not known: then only who votes and who learns is compared. */
  private differences(known: readonly SeenMember[], look: Observation): readonly SeenChange[] {
    if (known.length === 0) return [];
    const changes = changesBetween(known, look.members);
    return this.members === undefined ? changes.filter(({ kind }) => kind !== "update-address") : changes;
  }

  subscribe(): Receiver<MembershipView> {
    return this.watch.subscribe();
  }

  close(): void {
    this.watch.close();
  }
}

function bareMembers({ snapshot }: MembershipView): SeenMember[] {
  const bare = (role: SeenMember["role"]) => (id: MemberId) => ({ id, name: "", role, peerUrls: [] });
  return [...snapshot.members.map(bare("voter")), ...snapshot.learners.map(bare("learner"))];
}
