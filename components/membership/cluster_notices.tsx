"use client";

import { useState } from "react";
import { setUrlState } from "../../client/url_state";
import { useCluster, useFreshness } from "../../client/use_store";
import type { Notice } from "../../protocol/status";
import { plural } from "../../protocol/words";
import { useClusterName } from "../shell/cluster_context";
import { Button } from "../ui/button";
import { StateGlyph } from "../ui/glyphs";

const looks = {
  critical: {
    state: "lost",
    tint: "bg-lost-tint",
    ink: "text-lost [--glyph-gap:var(--lost-tint)]",
    word: "Critical: ",
  },
  warning: { state: "degraded", tint: "bg-degraded-tint", ink: "text-degraded", word: "Warning: " },
  info: { state: "unknown", tint: "bg-surface", ink: "text-secondary", word: "" },
} as const;

/** Notices shown at once; more are counted, and shown on demand. */
const shownMax = 3;
const none: readonly Notice[] = [];

function NoticeLine({ notice }: { notice: Notice }) {
  const { state, tint, ink, word } = looks[notice.tone];
  const { member } = notice;
  return (
    <li className={`flex items-start gap-3 px-6 py-2 max-wide:px-4 ${tint}`}>
      <StateGlyph state={state} className={`mt-1 shrink-0 ${ink}`} />
      <p className="min-w-0 flex-1 break-words">
        <span className="sr-only">{word}</span>
        <span className={notice.tone === "info" ? "" : `font-medium ${ink}`}>{notice.text}</span>
        {notice.advice !== null && <span className="text-secondary"> {notice.advice}</span>}
      </p>
      {member !== null && (
        <Button
          size="small"
          aria-label={`Details: ${notice.text}`}
          onClick={() => setUrlState({ member, dialog: undefined })}
        >
          Details
        </Button>
      )}
    </li>
  );
}

/** What the cluster's operator should know: alarms, advisories, a node that forgot; the gravest first, each in its place. */
export function ClusterNotices() {
  const cluster = useClusterName();
  const notices = useCluster(cluster, (session) => session.status?.value.notices ?? none);
  const { live } = useFreshness(cluster);
  const [open, setOpen] = useState(false);
  if (notices.length === 0) return null;
  const shown = open ? notices : notices.slice(0, shownMax);
  const more = notices.length - shownMax;
  return (
    <section aria-label="Notices" className={`border-line border-b ${live ? "" : "hatched"}`}>
      <ul aria-label="Notices" className="divide-y divide-line">
        {shown.map((notice) => (
          <NoticeLine key={notice.id} notice={notice} />
        ))}
      </ul>
      {more > 0 && (
        <div className="border-line border-t px-6 py-1 max-wide:px-4">
          <Button look="quiet" size="small" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? "Show fewer" : `Show ${plural(more, "more notice", "more notices")}`}
          </Button>
        </div>
      )}
    </section>
  );
}
