import type { HistoryEntry } from "../protocol/api";
import type { MemberDiff } from "../protocol/diff";
import type { HelloFrame, MembershipFrame, StatusFrame } from "../protocol/frames";
import type { Machine } from "../protocol/machine";
import type { MemberId, MembershipView } from "../protocol/membership";
import type { ClusterState } from "../protocol/state";
import type { MemberHealth } from "../protocol/status";

/** The browser hop. Times are ms on this browser's clock. */
export type Session =
  | { readonly kind: "connecting"; readonly since: number }
  | { readonly kind: "live" }
  /** No frame for 5 s; the socket is still open. `since`: the last frame. */
  | { readonly kind: "stale"; readonly since: number }
  /** `since`: the last frame, or the first attempt. `retryAt` null: an attempt is under way. */
  | {
      readonly kind: "disconnected";
      readonly since: number;
      readonly retryAt: number | null;
      /** The server's own reason, where it gave one. */
      readonly reason: string | null;
    };

/** Something with the time it was received on this browser's clock. */
export interface Received<T> {
  readonly value: T;
  readonly receivedAt: number;
}

/** What a row carries for 30 s after its member changed. */
export interface RowMark {
  readonly kind: "joined" | "promoted" | "demoted";
  /** When this browser learnt of it. */
  readonly at: number;
}

/** A removed member, shown struck through for 30 s. */
export interface Ghost {
  readonly id: MemberId;
  readonly name: string;
  readonly role: "voter" | "learner";
  readonly address: string;
  readonly at: number;
}

interface EntryBase {
  /** Unique within the page; newer entries have greater ones. */
  readonly key: number;
  /** When this browser learnt of it; null: before the page was opened, see `time`. */
  readonly at: number | null;
}

/** One change of the cluster's own durable history; `describeHistory` words it. Its time is the leader's wall clock. */
export type HistoryLine = HistoryEntry;

/** One line of the timeline. Ids only where a name may become known later: words are made when shown. */
export type TimelineEntry =
  /** The first snapshot this page ever saw of the cluster. `created`: it is the bootstrap's own, at index 1. */
  | (EntryBase & {
      readonly kind: "first";
      readonly created: boolean;
      readonly members: readonly MemberId[];
      readonly learners: readonly MemberId[];
      readonly index: number;
    })
  /** A difference between two snapshots. `merged`: changes beyond the one shown; its parts once asked for. */
  | (EntryBase & {
      readonly kind: "membership";
      readonly diffs: readonly MemberDiff[];
      readonly fromIndex: number;
      readonly index: number;
      readonly merged: number;
      /** It happened while this page was closed, asleep or disconnected. */
      readonly whileAway: boolean;
      readonly parts: "none" | "loading" | "failed" | readonly HistoryLine[];
      /** Who made it, as the durable history tells; absent until that was read. */
      readonly actors?: readonly string[];
    })
  | (EntryBase & {
      readonly kind: "leadership";
      readonly from: MemberId | null;
      readonly to: MemberId | null;
      readonly term: number;
    })
  /** `ids`: the members that changed so at the same moment, at least one. */
  | (EntryBase & {
      readonly kind: "health";
      readonly ids: readonly MemberId[];
      readonly from: MemberHealth["word"];
      readonly to: MemberHealth["word"];
    })
  /** Nothing was received from `since` until `until`; null: still so. */
  | (EntryBase & { readonly kind: "gap"; readonly since: number; readonly until: number | null })
  /** Another incarnation of the cluster: indexes before and after do not compare. */
  | (EntryBase & { readonly kind: "epoch"; readonly from: string; readonly to: string })
  /**
   * An attempt that changed nothing, or may have, as this console's history has it. `times`: it was made so often, the same each
   * time. `untold`: others before it, too many to be told one by one.
   */
  | (EntryBase & {
      readonly kind: "attempt";
      readonly line: HistoryLine;
      readonly times: number;
      readonly untold: number;
    })
  /** From the durable history: before this page was opened. */
  | (EntryBase & { readonly kind: "history"; readonly line: HistoryLine });

/** Tables and timeline as they stood when paused. */
export interface Frozen {
  readonly at: number;
  readonly view: MembershipView | undefined;
  readonly status: Received<StatusFrame> | undefined;
  readonly timeline: readonly TimelineEntry[];
  readonly marks: Readonly<Record<MemberId, RowMark>>;
  readonly ghosts: readonly Ghost[];
}

/** Everything the page knows about one cluster. */
export interface ClusterSession {
  readonly cluster: string;
  readonly session: Session;
  readonly hello: HelloFrame | undefined;
  /** What the next difference is computed against: the newest view ever held, also from before a reload. */
  readonly held: MembershipView | undefined;
  /** The newest view of this page; and the one held before it. */
  readonly view: MembershipView | undefined;
  readonly previousView: MembershipView | undefined;
  readonly status: Received<StatusFrame> | undefined;
  readonly machine: Received<Machine> | undefined;
  /** When the last frame of any kind came; null: none yet. */
  readonly lastFrameAt: number | null;
  /** Names of every member ever seen, those that left included. */
  readonly names: Readonly<Record<MemberId, string>>;
  readonly marks: Readonly<Record<MemberId, RowMark>>;
  readonly ghosts: readonly Ghost[];
  /** Newest first; at most TIMELINE_ENTRIES_MAX. */
  readonly timeline: readonly TimelineEntry[];
  /** Set while paused; `waiting` counts membership changes since. */
  readonly pause: { readonly frozen: Frozen; readonly waiting: number } | null;
  /** Since when the state is what it is; null when not known. */
  readonly stateSince: number | null;
  /** The state `stateSince` belongs to. */
  readonly knownState: ClusterState | undefined;
  /** Each member's last health word that was not "Unknown". */
  readonly healthWords: Readonly<Record<MemberId, MemberHealth["word"]>>;
  /** Key of the next timeline entry. */
  readonly nextKey: number;
  /** The one shared clock, ms, moved once a second. */
  readonly now: number;
  /** Frames that were not understood, and so dropped. */
  readonly badFrames: number;
  /** The server speaks another version of the stream: reload the page. */
  readonly incompatible: boolean;
}

export type { HelloFrame, MembershipFrame, StatusFrame };
