import type { TimelineEntry } from "../../client/session";
import { FlagGlyph, type Mark, MarkGlyph, RefusedGlyph, StateGlyph } from "../ui/glyphs";

const marks: Record<string, Mark> = {
  "joined-learner": "joined",
  "joined-voter": "joined",
  promoted: "promoted",
  demoted: "demoted",
  left: "left",
};
const markColours: Record<Mark, string> = {
  joined: "text-learner",
  promoted: "text-voter",
  demoted: "text-learner",
  left: "text-muted",
};

function glyphFor(entry: TimelineEntry) {
  switch (entry.kind) {
    case "membership": {
      const mark = marks[entry.diffs[0]?.kind ?? ""] ?? "joined";
      return (
        <span className={markColours[mark]}>
          <MarkGlyph mark={mark} />
        </span>
      );
    }
    case "leadership":
      return <FlagGlyph />;
    case "health":
      return entry.to === "Healthy" ? (
        <StateGlyph state="ok" size={10} className="text-ok" />
      ) : entry.to === "Unknown" || entry.to === "Not started" || entry.to === "Catching up" ? (
        <StateGlyph state="unknown" size={10} className="text-unknown" />
      ) : (
        <StateGlyph state="lost" size={10} className="text-lost" />
      );
    case "gap":
    case "epoch":
      return <StateGlyph state="unknown" size={10} className="text-unknown" />;
    case "attempt":
      return <RefusedGlyph />;
    case "history":
      if (entry.line.outcome !== "applied") return <RefusedGlyph />;
      return <span className="block size-1.5 rounded-full bg-control" />;
    case "first":
      return <span className="block size-1.5 rounded-full bg-control" />;
  }
}

/** The sign at the start of a timeline entry. */
export function EntryGlyph({ entry }: { entry: TimelineEntry }) {
  return <span className="flex h-5 w-3 shrink-0 items-center justify-center">{glyphFor(entry)}</span>;
}
