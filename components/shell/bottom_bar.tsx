"use client";

import { useState } from "react";
import { TimelineFilter, TimelineFooter, TimelineList } from "../timeline/timeline";
import { Modal } from "../ui/dialog";
import { copyWords, useCopy } from "../ui/use_copy";
import { usePageBand } from "./cluster_context";

const item =
  "flex min-h-14 flex-1 items-center justify-center bg-surface text-body font-medium text-secondary aria-[current]:text-ink";

/** The phone's bar: members, the whole timeline, and a summary for the incident channel. */
export function BottomBar() {
  const { summary } = usePageBand();
  const { state, copy } = useCopy(summary);
  const [timeline, setTimeline] = useState(false);
  return (
    <nav
      aria-label="Page"
      className="fixed inset-x-0 bottom-0 z-20 flex divide-x divide-line border-line border-t bg-surface pb-[env(safe-area-inset-bottom)] wide:hidden"
    >
      <button
        type="button"
        className={item}
        aria-current={timeline ? undefined : "page"}
        onClick={() => {
          setTimeline(false);
          window.scrollTo({ top: 0 });
        }}
      >
        Members
      </button>
      <button type="button" className={item} aria-haspopup="dialog" onClick={() => setTimeline(true)}>
        Timeline
      </button>
      <button type="button" className={item} onClick={copy}>
        {copyWords(state, "Copy summary")}
      </button>
      <Modal open={timeline} onOpenChange={setTimeline} shape="sheet" title="Timeline">
        <div className="mb-2 flex">
          <TimelineFilter />
        </div>
        <TimelineList />
        <TimelineFooter />
      </Modal>
    </nav>
  );
}
