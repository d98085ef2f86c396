import type { ReactNode } from "react";
import type { ClusterState } from "../../protocol/state";
import { StateGlyph } from "./glyphs";

const tints: Record<ClusterState, string> = {
  ok: "bg-ok-tint text-ok [--glyph-gap:var(--ok-tint)]",
  degraded: "bg-degraded-tint text-degraded [--glyph-gap:var(--degraded-tint)]",
  "at-limit": "bg-limit-tint text-limit [--glyph-gap:var(--limit-tint)]",
  lost: "bg-lost-tint text-lost [--glyph-gap:var(--lost-tint)]",
  unknown: "bg-unknown-tint text-unknown [--glyph-gap:var(--unknown-tint)]",
};

/** A sentence that stands out: why something cannot be done, or what became of it. */
export function Notice({ state, id, children }: { state: ClusterState; id?: string; children: ReactNode }) {
  return (
    <p id={id} className={`flex items-start gap-2 rounded-control px-3 py-2 ${tints[state]}`}>
      <StateGlyph state={state} className="mt-1 shrink-0" />
      <span className="min-w-0 break-words">{children}</span>
    </p>
  );
}
