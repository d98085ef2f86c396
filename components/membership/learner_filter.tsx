"use client";

import { setUrlState } from "../../client/url_state";
import { Button } from "../ui/button";

/** Filters the learners by name, id, address or health; sorts them by lag on demand. Both live in the URL. */
export function LearnerFilter({ filter, sort }: { filter: string; sort: "fixed" | "lag" }) {
  return (
    <>
      <input
        type="search"
        data-filter=""
        aria-label="Filter learners"
        placeholder="Filter  /"
        value={filter}
        onChange={(event) => setUrlState({ filter: event.target.value })}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
        }}
        className="h-7 w-40 rounded-control border border-control bg-surface px-2 text-small placeholder:text-muted max-wide:h-11"
      />
      <Button
        size="small"
        look={sort === "lag" ? "primary" : "plain"}
        aria-pressed={sort === "lag"}
        onClick={() => setUrlState({ sort: sort === "lag" ? "fixed" : "lag" })}
      >
        Most behind first
      </Button>
    </>
  );
}
