"use client";

import { historyKinds } from "../../client/history_book";
import { setUrlState } from "../../client/url_state";
import { choiceClass } from "../ui/toggle";

/** Filters by kind and actor; both live in the URL. No kind chosen shows all. */
export function HistoryFilters({
  kinds,
  actor,
  actors,
}: {
  kinds: readonly string[];
  actor: string;
  actors: readonly string[];
}) {
  const toggle = (kind: string) =>
    setUrlState({ kinds: kinds.includes(kind) ? kinds.filter((one) => one !== kind) : [...kinds, kind] });
  // An actor that a link names stays choosable though nothing of it is known.
  const choices = actor === "" || actors.includes(actor) ? actors : [...actors, actor];
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
      <fieldset className="flex flex-wrap gap-1">
        <legend className="sr-only">Kinds to show; none chosen shows all</legend>
        {historyKinds.map(({ kind, label }) => (
          <button
            key={kind}
            type="button"
            aria-pressed={kinds.includes(kind)}
            onClick={() => toggle(kind)}
            className={choiceClass}
          >
            {label}
          </button>
        ))}
      </fieldset>
      <label className="flex items-center gap-2 text-secondary text-small">
        By
        <select
          value={actor}
          onChange={(event) => setUrlState({ actor: event.target.value })}
          className="h-7 max-w-48 rounded-control border border-control bg-surface px-2 text-ink max-wide:h-11"
        >
          <option value="">everybody</option>
          {choices.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
