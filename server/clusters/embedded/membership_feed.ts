import type { MembershipView } from "../../../protocol/membership";
import type { Engine, Receiver } from "../../engine/types";
import { Watch } from "../../engine/watch";
import { epochOf } from "./cluster_status";
import { toWireSnapshot } from "./ids";

/** Refusals of one node that may stand between two configurations in its history, and one more. */
const HISTORY_LOOKUP = 1000;

/** The engine's newest membership as a view: its epoch is the cluster's id, its index exact. */
export function newestView(engine: Engine): MembershipView {
  const status = engine.status();
  const { membership } = status;
  return {
    epoch: epochOf(status.clusterId),
    exact: true,
    sequence: sequenceAt(engine, membership.committedIndex) ?? status.sequence,
    snapshot: toWireSnapshot(membership),
  };
}

/** The count that belongs to this very snapshot: the engine may have applied the next one and not published it yet. */
function sequenceAt(engine: Engine, committedIndex: number): number | undefined {
  const records = engine.history(committedIndex - 1, HISTORY_LOOKUP);
  return records.find((one) => one.index === committedIndex && one.outcome === "applied")?.sequence;
}

/** Turns the engine's membership watch into one of views. Indexes rise strictly, as they do there. */
export class MembershipFeed {
  private readonly watch: Watch<MembershipView>;
  private readonly source: ReturnType<Engine["watchMembership"]>;

  constructor(engine: Engine, changed: () => void) {
    this.watch = new Watch(newestView(engine), isNewer);
    this.source = engine.watchMembership();
    void this.follow(engine, changed);
  }

  private async follow(engine: Engine, changed: () => void): Promise<void> {
    for await (const _ of this.source) {
      if (this.watch.send(newestView(engine))) changed();
    }
    this.watch.close();
  }

  get newest(): MembershipView {
    return this.watch.current;
  }

  /** Whether a view of `index` or later is published here within the wait that `ended` ends. */
  async reached(index: number, ended: Promise<unknown>): Promise<boolean> {
    const reader = this.watch.subscribe();
    void ended.then(() => reader.close());
    while (reader.borrowAndUpdate().snapshot.committedIndex < index) {
      if ((await reader.changed()) === "closed") break;
    }
    reader.close();
    return this.watch.current.snapshot.committedIndex >= index;
  }

  subscribe(): Receiver<MembershipView> {
    return this.watch.subscribe();
  }

  close(): void {
    this.source.close();
    this.watch.close();
  }
}

function isNewer(last: MembershipView, next: MembershipView): boolean {
  return next.snapshot.committedIndex > last.snapshot.committedIndex;
}
