"use client";

import type { ReactNode } from "react";
import { Tip } from "./tip";

const definitions = {
  voter: "A voter counts towards quorum: changes commit once a majority of voters has them on disk.",
  learner: "A learner receives the log and has no vote: it changes neither quorum nor tolerance.",
  quorum: "Quorum is the number of voters that must agree: more than half of all voters.",
  tolerance: "Tolerance is how many more voters can fail while the rest still make a quorum.",
  term: "A term is the number of an election; each has at most one leader, and it only ever rises.",
  index: "The index is the log position of the newest membership change; it only ever rises.",
} as const;

/** A word of the trade with its one-sentence meaning on hover and focus. */
export function Term({ of, children }: { of: keyof typeof definitions; children: ReactNode }) {
  return (
    <Tip text={definitions[of]}>
      <button
        type="button"
        className="min-h-6 cursor-help text-left underline decoration-line decoration-dotted underline-offset-[3px] hover:decoration-current"
      >
        {children}
      </button>
    </Tip>
  );
}
