import type { ReactNode, SVGProps } from "react";
import type { ClusterState } from "../../protocol/state";

/** Text colour of each state. */
export const stateText: Record<ClusterState, string> = {
  ok: "text-ok",
  degraded: "text-degraded",
  "at-limit": "text-limit",
  lost: "text-lost",
  unknown: "text-unknown",
};

function Glyph({ children, size = 12, ...rest }: SVGProps<SVGSVGElement> & { size?: number }) {
  return (
    <svg aria-hidden="true" width={size} height={size} viewBox="0 0 12 12" fill="none" {...rest}>
      {children}
    </svg>
  );
}

const stateShapes: Record<ClusterState, ReactNode> = {
  ok: <circle cx="6" cy="6" r="4.5" fill="currentColor" />,
  degraded: <path d="M6 .8 11.2 6 6 11.2.8 6z" fill="currentColor" />,
  "at-limit": <path d="M6 1 11.5 10.8H.5z" fill="currentColor" />,
  lost: (
    <>
      <path d="M3.7.5h4.6l3.2 3.2v4.6l-3.2 3.2H3.7L.5 8.3V3.7z" fill="currentColor" />
      <path d="m4 4 4 4m0-4-4 4" stroke="var(--glyph-gap, var(--surface))" strokeWidth="1.5" />
    </>
  ),
  unknown: (
    <circle cx="6" cy="6" r="4.5" stroke="currentColor" strokeWidth="1.5" strokeDasharray="2.2 1.33" />
  ),
};

/** The shape of a state: disc, diamond, triangle, octagon with cross, dashed ring. Never alone: a word stands beside it. */
export function StateGlyph({
  state,
  size = 12,
  className,
}: {
  state: ClusterState;
  size?: number;
  className?: string;
}) {
  return (
    <Glyph size={size} className={className}>
      {stateShapes[state]}
    </Glyph>
  );
}

/** Solid square for a voter, hollow dashed square for a learner. */
export function RoleGlyph({ of: role }: { of: "voter" | "learner" }) {
  return (
    <Glyph size={10}>
      {role === "voter" ? (
        <rect x="1" y="1" width="10" height="10" rx="1" fill="currentColor" />
      ) : (
        <rect
          x="1.75"
          y="1.75"
          width="8.5"
          height="8.5"
          stroke="currentColor"
          strokeWidth="1.5"
          strokeDasharray="2.6 1.65"
        />
      )}
    </Glyph>
  );
}

/** The leader's flag. */
export function FlagGlyph() {
  return (
    <Glyph size={10}>
      <path d="M2.5 11.5V.8" stroke="currentColor" strokeWidth="1.5" />
      <path d="M3 1.2h7.2L8.4 4l1.8 2.8H3z" fill="currentColor" />
    </Glyph>
  );
}

/** Turned down: a ring with a bar across. */
export function RefusedGlyph() {
  return (
    <Glyph size={10}>
      <circle cx="6" cy="6" r="4.5" stroke="currentColor" strokeWidth="1.5" />
      <path d="m3 9 6-6" stroke="currentColor" strokeWidth="1.5" />
    </Glyph>
  );
}

/** How a row came to be where it is: joined, promoted, demoted, left. */
export type Mark = "joined" | "promoted" | "demoted" | "left";

const markPaths: Record<Mark, string> = {
  joined: "M6 2v8M2 6h8",
  promoted: "M6 10.5v-8M2.8 5.4 6 2.2l3.2 3.2",
  demoted: "M6 1.5v8M2.8 6.6 6 9.8l3.2-3.2",
  left: "M2 6h8",
};

/** Plus, arrow up, arrow down or minus in a row's gutter. */
export function MarkGlyph({ mark }: { mark: Mark }) {
  return (
    <Glyph size={10}>
      <path d={markPaths[mark]} stroke="currentColor" strokeWidth="1.75" />
    </Glyph>
  );
}

const icons = {
  more: "M2 6h.01M6 6h.01M10 6h.01",
  copy: "M4.2 4.2h6.3v6.3H4.2zM7.8 1.5H1.5v6.3",
  check: "m2 6.4 2.8 2.8L10 3.4",
  close: "m2.5 2.5 7 7m0-7-7 7",
  rising: "M6 10V2M2.8 5.2 6 2l3.2 3.2",
  falling: "M6 2v8M2.8 6.8 6 10l3.2-3.2",
  down: "m2.5 4.5 3.5 3.5 3.5-3.5",
  pause: "M4 2.2v7.6M8 2.2v7.6",
  play: "M3.5 2v8l6-4z",
  external: "M4.5 2H2v8h8V7.5M6.5 2H10v3.5M10 2 5.5 6.5",
  arrow: "M1.5 6h9M7 2.5 10.5 6 7 9.5",
  search: "M5.2 8.7a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM7.8 7.8l3 3",
} as const;

/** A line icon; decoration only, the control carries its own name. */
export function Icon({ name, size = 12 }: { name: keyof typeof icons; size?: number }) {
  return (
    <Glyph size={size}>
      <path
        d={icons[name]}
        stroke="currentColor"
        strokeWidth={name === "more" ? 2 : 1.25}
        strokeLinecap={name === "more" ? "round" : "square"}
      />
    </Glyph>
  );
}
