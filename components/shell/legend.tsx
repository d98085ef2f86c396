import type { ClusterState } from "../../protocol/state";
import { LeaderBadge, RoleBadge, StateBadge } from "../ui/badge";

const states: readonly { state: ClusterState; word: string; means: string }[] = [
  { state: "ok", word: "Quorum OK", means: "All voters are healthy." },
  { state: "degraded", word: "Degraded", means: "Some voter is down; another may still fail." },
  { state: "at-limit", word: "At minimum quorum", means: "No further voter may fail." },
  { state: "lost", word: "Quorum lost", means: "Too few voters are healthy: nothing can commit." },
  { state: "unknown", word: "Unknown", means: "There is no fresh data; never shown as healthy." },
];

/** What the shapes and words of the page mean. */
export function Legend() {
  return (
    <dl className="mt-4 grid grid-cols-[160px_1fr] items-center gap-y-2 border-line border-t pt-4 text-body">
      {states.map(({ state, word, means }) => (
        <div key={state} className="contents">
          <dt>
            <StateBadge state={state}>{word}</StateBadge>
          </dt>
          <dd className="text-secondary">{means}</dd>
        </div>
      ))}
      <dt>
        <RoleBadge of="voter" />
      </dt>
      <dd className="text-secondary">Counts towards quorum.</dd>
      <dt>
        <RoleBadge of="learner" />
      </dt>
      <dd className="text-secondary">Receives the log, has no vote.</dd>
      <dt>
        <LeaderBadge />
      </dt>
      <dd className="text-secondary">The voter that orders changes in this term.</dd>
    </dl>
  );
}
