import type { HistoryEntry } from "../protocol/api";
import type { HelloFrame, MembershipFrame, StatusFrame } from "../protocol/frames";
import { type Freshness, freshnessOf } from "../protocol/freshness";
import type { Machine } from "../protocol/machine";
import type { MemberId, MembershipView } from "../protocol/membership";
import { membersById } from "../protocol/quorum";
import { describeState, type StateDescription } from "../protocol/state";
import type { MemberStatus } from "../protocol/status";
import type { ConnectionState } from "./connection";
import type { ClusterSession, Ghost, RowMark, TimelineEntry } from "./session";
import {
  addEntries,
  closeGap,
  firstEntry,
  healthEntries,
  leadershipEntries,
  openGap,
  viewEntries,
} from "./timeline";

/** How long marks and ghosts stay (ms). */
export const MARK_MS = 30_000;
/** Names of members remembered after they left. */
const NAMES_MAX = 5000;

/** A session that has seen nothing yet. */
export function emptySession(cluster: string, now: number): ClusterSession {
  return {
    cluster,
    session: { kind: "connecting", since: now },
    hello: undefined,
    held: undefined,
    view: undefined,
    previousView: undefined,
    status: undefined,
    machine: undefined,
    lastFrameAt: null,
    names: {},
    marks: {},
    ghosts: [],
    timeline: [],
    pause: null,
    stateSince: null,
    knownState: undefined,
    healthWords: {},
    nextKey: 1,
    now,
    badFrames: 0,
    incompatible: false,
  };
}

/** Freshness of both hops at `now`. */
export function sessionFreshness(session: ClusterSession, now = session.now): Freshness {
  const { status, lastFrameAt } = session;
  const sockets = { connecting: "opening", live: "open", stale: "open", disconnected: "closed" } as const;
  const elapsed = status === undefined ? 0 : Math.max(0, now - status.receivedAt);
  const factAge = status?.value.factAgeMs ?? null;
  return freshnessOf({
    socket: sockets[session.session.kind],
    frameAgeMs: lastFrameAt === null ? null : Math.max(0, now - lastFrameAt),
    factAgeMs: factAge === null ? null : factAge + elapsed,
  });
}

/** The state of the cluster at `now`, as the band shows it. */
export function sessionState(session: ClusterSession, now = session.now): StateDescription {
  const freshness = sessionFreshness(session, now);
  const { status } = session;
  return describeState(status?.value, {
    dataAgeMs: freshness.dataAgeMs,
    live: freshness.live,
    elapsedMs: status === undefined ? 0 : Math.max(0, now - status.receivedAt),
    disconnected: freshness.browser === "disconnected",
  });
}

/** The connection changed. A lost one opens a gap in the timeline, if anything had been received before. */
export function onConnection(session: ClusterSession, state: ConnectionState, now: number): ClusterSession {
  const since = session.lastFrameAt ?? now;
  switch (state.kind) {
    case "connecting":
      return { ...session, now, session: { kind: "connecting", since: now } };
    case "open":
      return { ...session, now, session: { kind: "live" } };
    case "stale":
      return { ...session, now, session: { kind: "stale", since } };
    case "closed": {
      const { session: before } = session;
      const lost = before.kind === "disconnected" ? before.since : since;
      const reason = state.reason ?? (before.kind === "disconnected" ? before.reason : null);
      const gap =
        session.lastFrameAt === null || before.kind === "disconnected" ? {} : openGap(session, since);
      return {
        ...session,
        ...gap,
        now,
        session: { kind: "disconnected", since: lost, retryAt: state.retryAt, reason },
      };
    }
  }
}

/** Something was received: the gap, if one is open, ends here. */
export function onAnyFrame(session: ClusterSession, now: number): ClusterSession {
  return { ...session, ...closeGap(session, now), lastFrameAt: now };
}

/** Who the console is and what may be done there. Where it runs no processes, none are shown. */
export function onHello(session: ClusterSession, hello: HelloFrame): ClusterSession {
  return { ...session, hello, machine: hello.machine ? session.machine : undefined };
}

/** A newer view. Differences are computed here, against the view this browser last held. */
export function onMembership(session: ClusterSession, frame: MembershipFrame, now: number): ClusterSession {
  const { epoch, exact, sequence, snapshot } = frame;
  const view: MembershipView = { epoch, exact, sequence, snapshot };
  // From nothing to the first view is no change.
  const held = isBlank(session.held) ? undefined : session.held;
  const first = session.view === undefined || isBlank(session.view);
  // A console that knows nothing yet takes nothing back.
  if (held !== undefined && isBlank(view)) return session.view === undefined ? { ...session, view } : session;
  if (held === undefined) {
    const known = { ...session, timeline: session.timeline.filter((entry) => !isBlankEntry(entry)) };
    return { ...session, ...addEntries(known, [firstEntry(view)]), view, held: view };
  }
  const opening = first ? addEntries(session, [firstEntry(held)]) : session;
  const behind = held.epoch === epoch && snapshot.committedIndex <= held.snapshot.committedIndex;
  if (behind) return { ...session, timeline: opening.timeline, nextKey: opening.nextKey, view };
  const away = first || session.timeline[0]?.kind === "gap";
  const { entries, diffs } = viewEntries(held, view, now, away);
  const changed = entries.reduce(
    (sum, entry) => sum + (entry.kind === "membership" ? 1 + entry.merged : 1),
    0,
  );
  const sameEpoch = held.epoch === epoch;
  return {
    ...session,
    ...addEntries(opening, entries),
    held: view,
    previousView: session.view,
    view,
    marks: sameEpoch ? marksAfter(session.marks, diffs, now) : {},
    ghosts: sameEpoch ? ghostsAfter(session, held, diffs, now) : [],
    pause: session.pause && { ...session.pause, waiting: session.pause.waiting + changed },
  };
}

/** What stands before anything is known: index 0, and nobody. */
export function isBlank(view: MembershipView | undefined): boolean {
  return view?.snapshot.committedIndex === 0 && countOf(view.snapshot) === 0;
}

function isBlankEntry(entry: TimelineEntry): boolean {
  return entry.kind === "first" && entry.index === 0 && countOf(entry) === 0;
}

function countOf(of: {
  readonly members: readonly MemberId[];
  readonly learners: readonly MemberId[];
}): number {
  return of.members.length + of.learners.length;
}

type Diffs = ReturnType<typeof viewEntries>["diffs"];

function marksAfter(
  marks: ClusterSession["marks"],
  diffs: Diffs,
  at: number,
): Readonly<Record<MemberId, RowMark>> {
  if (diffs.length === 0) return marks;
  const next: Record<MemberId, RowMark> = { ...marks };
  for (const { kind, id } of diffs) {
    if (kind === "left") delete next[id];
    else next[id] = { kind: kind === "promoted" || kind === "demoted" ? kind : "joined", at };
  }
  return next;
}

function ghostsAfter(session: ClusterSession, held: MembershipView, diffs: Diffs, at: number): Ghost[] {
  const gone = diffs.filter(({ kind }) => kind === "left");
  const back = new Set(diffs.filter(({ kind }) => kind !== "left").map(({ id }) => id));
  const members = new Map(session.status?.value.members.map((member) => [member.id, member]));
  const voters = new Set(held.snapshot.members);
  const ghosts = gone.map(({ id }): Ghost => {
    const member = members.get(id);
    const name = member?.name || session.names[id] || "";
    return { id, name, role: voters.has(id) ? "voter" : "learner", address: member?.address ?? "", at };
  });
  return [...session.ghosts.filter(({ id }) => !back.has(id)), ...ghosts];
}

/**
 * How far a member is behind only a leader knows, and a new one not of a member that is dead. What was told before stays, as last
 * known: it is what an operator goes by who has to choose whom to start first.
 */
function withLastKnownLags(previous: StatusFrame | undefined, value: StatusFrame): StatusFrame {
  if (previous?.epoch !== value.epoch || value.members.every(({ lag }) => lag !== null)) return value;
  const before = membersById(previous.members);
  const members = value.members.map((member) => {
    const lag = member.lag ?? before.get(member.id)?.lag ?? null;
    return lag === null || member.lag !== null ? member : { ...member, lag: { ...lag, current: false } };
  });
  return { ...value, members };
}

/** A newer status: leadership and health events come from comparing it with the last one. */
export function onStatus(session: ClusterSession, told: StatusFrame, now: number): ClusterSession {
  const previous = session.status?.value;
  const value = withLastKnownLags(previous, told);
  const health = healthEntries(session.healthWords, value.members, now);
  const entries = [...leadershipEntries(previous, value, now), ...health.entries];
  const next: ClusterSession = {
    ...session,
    ...addEntries(session, entries),
    status: { value, receivedAt: now },
    names: namesAfter(session.names, value.members),
    healthWords: health.words,
  };
  return withStateSince(next, now);
}

function namesAfter(
  names: ClusterSession["names"],
  members: readonly MemberStatus[],
): Readonly<Record<MemberId, string>> {
  const fresh = members.filter(({ id, name }) => name !== "" && names[id] !== name);
  if (fresh.length === 0) return names;
  const merged = { ...names, ...Object.fromEntries(fresh.map(({ id, name }) => [id, name])) };
  if (Object.keys(merged).length <= NAMES_MAX) return merged;
  return Object.fromEntries(members.map(({ id, name }) => [id, name || (names[id] ?? "")]));
}

/** Takes names of members that left before this page was opened from the durable history; names in use stay. */
export function onHistory(session: ClusterSession, entries: readonly HistoryEntry[]): ClusterSession {
  const changes = entries.flatMap((entry) => entry.changes);
  const told = changes.filter(({ id, name }) => name !== "" && session.names[id] === undefined);
  if (told.length === 0) return session;
  const names = { ...Object.fromEntries(told.map(({ id, name }) => [id, name])), ...session.names };
  return Object.keys(names).length > NAMES_MAX ? session : { ...session, names };
}

/** Notes when a known state began. An unknown one leaves the last known in place: it may turn out never to have ended. */
function withStateSince(session: ClusterSession, now: number): ClusterSession {
  const { state } = sessionState(session, now);
  if (state === "unknown" || state === session.knownState) return session;
  const stateSince = session.knownState === undefined ? estimateSince(session, now) : now;
  return { ...session, knownState: state, stateSince };
}

/** For a page just opened: the state is at least as old as the last change of any voter's health. */
function estimateSince(session: ClusterSession, now: number): number | null {
  const voters = session.status?.value.members.filter(({ role }) => role === "voter") ?? [];
  const ages = voters.map(({ health }) => health.sinceMs);
  const known = ages.filter((age) => age !== null);
  return known.length < ages.length || known.length === 0 ? null : now - Math.min(...known);
}

export function onMachine(session: ClusterSession, value: Machine, now: number): ClusterSession {
  return { ...session, machine: { value, receivedAt: now } };
}

/** The shared clock moved: marks and ghosts that had their time go. */
export function onTick(session: ClusterSession, now: number): ClusterSession {
  const current = ({ at }: { readonly at: number }) => now - at < MARK_MS;
  const marks = Object.values(session.marks).every(current)
    ? session.marks
    : Object.fromEntries(Object.entries(session.marks).filter(([, mark]) => current(mark)));
  const ghosts = session.ghosts.every(current) ? session.ghosts : session.ghosts.filter(current);
  return withStateSince({ ...session, now, marks, ghosts }, now);
}

/** Freezes tables and timeline as they stand; a second pause changes nothing. */
export function onPause(session: ClusterSession, now: number): ClusterSession {
  if (session.pause !== null) return session;
  const { view, status, timeline, marks, ghosts } = session;
  return {
    ...session,
    now,
    pause: { frozen: { at: now, view, status, timeline, marks, ghosts }, waiting: 0 },
  };
}

/** The page shows what came in meanwhile, all at once. */
export function onResume(session: ClusterSession): ClusterSession {
  return session.pause === null ? session : { ...session, pause: null };
}
