import type { ReactNode } from "react";
import type { ClusterState } from "../../protocol/state";
import { FlagGlyph, RoleGlyph, StateGlyph } from "./glyphs";

const shape =
  "inline-flex h-5 shrink-0 items-center gap-1 rounded-control px-1.5 text-small whitespace-nowrap";

/** Voter or learner. */
export function RoleBadge({ of: role }: { of: "voter" | "learner" }) {
  const look = role === "voter" ? "bg-voter-tint text-voter" : "bg-learner-tint text-learner";
  return (
    <span className={`${shape} ${look}`}>
      <RoleGlyph of={role} />
      {role === "voter" ? "Voter" : "Learner"}
    </span>
  );
}

/** The leader, an outline: it is an office, not a health. */
export function LeaderBadge() {
  return (
    <span className={`${shape} border border-ink px-[5px] text-ink`}>
      <FlagGlyph />
      Leader
    </span>
  );
}

const tints: Record<ClusterState, string> = {
  ok: "bg-ok-tint text-ok",
  degraded: "bg-degraded-tint text-degraded",
  "at-limit": "bg-limit-tint text-limit",
  lost: "bg-lost-tint text-lost",
  unknown: "bg-unknown-tint text-unknown",
};

/** A state's tint, glyph and word. */
export function StateBadge({ state, children }: { state: ClusterState; children: ReactNode }) {
  return (
    <span className={`${shape} ${tints[state]}`}>
      <StateGlyph state={state} size={10} />
      {children}
    </span>
  );
}

/** A remark such as `serves this page`. */
export function NoteBadge({ children }: { children: ReactNode }) {
  return <span className={`${shape} border border-line text-secondary`}>{children}</span>;
}
