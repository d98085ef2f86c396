import type { Freshness } from "../protocol/freshness";
import {
  copySummary,
  describeFacts,
  documentTitle,
  lastKnownSentence,
  type NextStep,
  type NextStepInput,
  nextStep,
  type StateDescription,
  type StateFacts,
} from "../protocol/state";
import {
  busySentence,
  formatClock,
  formatDuration,
  type NameOf,
  NO_LEADER,
  NO_QUORUM,
  NOT_ENOUGH_HEARD,
  namesOf,
} from "../protocol/words";
import { sessionFreshness, sessionState } from "./reduce";
import type { ClusterSession } from "./session";
import { lastChangeOf } from "./timeline_words";

/** What the state band shows, live even while paused. */
export interface BandView {
  readonly description: StateDescription;
  readonly freshness: Freshness;
  readonly nextStep: NextStep;
  readonly facts: StateFacts | undefined;
  /** "Last known 03:07:41: Quorum OK." */
  readonly lastKnown: string | undefined;
  readonly title: string;
  /** The time that "since" and "Last known" name, for its UTC on hover; undefined where they name none. */
  readonly sinceTime: number | undefined;
  /** Six lines for the clipboard; `source`: where this page is served from. */
  summary(source?: string): string;
}

/** Names of members by everything the session has seen. */
export function namesIn(session: Pick<ClusterSession, "names">): NameOf {
  return namesOf([], session.names);
}

/** Works out the band of a session at its own clock. */
export function bandOf(session: ClusterSession): BandView {
  const { status, now, cluster } = session;
  const freshness = sessionFreshness(session);
  const description = sessionState(session);
  const factTime = freshness.dataAgeMs === null ? null : now - freshness.dataAgeMs;
  const clock = factTime === null ? "" : formatClock(factTime);
  // Of a cluster that never answered there are no figures, and no zeros in their place.
  const blank = (description.assessment?.worse.voters ?? 0) === 0 && freshness.dataAgeMs === null;
  const facts = status && !blank ? describeFacts(status.value, description, session.view?.exact) : undefined;
  const lastChange = lastChangeOf(session.timeline, namesIn(session)) ?? null;
  return {
    description,
    freshness,
    nextStep: nextStep({
      status: status?.value,
      elapsedMs: elapsedOf(session),
      description,
      hop: hopOf(session),
      factTime: factTime === null ? null : clock,
      stateForMs: session.stateSince === null ? null : Math.max(0, now - session.stateSince),
      lastChange: lastChange && { words: lastChange.words, ageMs: Math.max(0, now - lastChange.time) },
      ...(session.machine === undefined ? {} : { machine: session.machine.value }),
      guided: session.hello?.capabilities.guided.ok === true,
      removable: session.hello?.capabilities.remove.ok !== false,
    }),
    facts,
    lastKnown: lastKnownSentence(
      status?.value,
      { dataAgeMs: freshness.dataAgeMs, live: freshness.live },
      clock,
    ),
    title: documentTitle(cluster, description),
    sinceTime: freshness.live ? undefined : (sinceOf(session) ?? factTime ?? undefined),
    summary: (source = typeof location === "undefined" ? "" : location.origin) =>
      copySummary({
        cluster,
        status: status?.value,
        description,
        stateSince: description.state === "unknown" ? factTime : session.stateSince,
        lastChange,
        source,
        dataAgeMs: freshness.dataAgeMs,
        live: freshness.live,
        now,
      }),
  };
}

/** When the browser hop broke; undefined while it holds. */
function sinceOf({ session }: ClusterSession): number | undefined {
  return session.kind === "stale" || session.kind === "disconnected" ? session.since : undefined;
}

function elapsedOf(session: ClusterSession): number {
  return session.status === undefined ? 0 : Math.max(0, session.now - session.status.receivedAt);
}

function hopOf({ session, now }: ClusterSession): NextStepInput["hop"] {
  switch (session.kind) {
    case "connecting":
    case "live":
      return { kind: session.kind };
    case "stale":
      return { kind: "stale", since: formatClock(session.since) };
    case "disconnected": {
      const retryInMs = session.retryAt === null ? null : Math.max(0, session.retryAt - now);
      return { kind: "disconnected", since: formatClock(session.since), retryInMs };
    }
  }
}

/** Why no change may be made now, in one sentence; null: it may. What an action itself is judged by is not its business. */
export function actingBlocked(session: ClusterSession, outcomeUnknown: boolean): string | null {
  const freshness = sessionFreshness(session);
  const status = session.status?.value;
  const mayAct = session.hello?.mayAct;
  if (mayAct?.ok === false) return mayAct.reason;
  if (session.incompatible) return "This page is of another version than its console: reload it.";
  if (freshness.dataAgeMs === null || status === undefined) return "No data yet.";
  if (!freshness.live) return `Data is ${formatDuration(freshness.dataAgeMs)} old.`;
  if (session.view === undefined) return "No data yet.";
  if (status.self?.standing === "removed") return "This node was removed: use another node's console.";
  if (outcomeUnknown) return "The outcome of an earlier change is not known yet.";
  const { assessment } = sessionState(session);
  const worse = assessment?.worse;
  if (worse !== undefined && worse.healthy < worse.quorum) {
    return worse.healthy + worse.unknown < worse.quorum ? NO_QUORUM : NOT_ENOUGH_HEARD;
  }
  if (status.leadership.id === null) return NO_LEADER;
  if (status.changeInProgress === null) return null;
  return busySentence(status.changeInProgress, namesIn(session), elapsedOf(session));
}
