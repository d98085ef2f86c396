"use client";

import { useCluster } from "../../client/use_store";
import { Button } from "../ui/button";
import { StateGlyph } from "../ui/glyphs";
import { useClusterName } from "./cluster_context";

const banner = "flex flex-wrap items-center gap-2 border-line border-b px-6 py-2 max-wide:px-4";

/** What is wrong with this very console: its node was removed, or it speaks another version. */
export function Banners() {
  const cluster = useClusterName();
  const self = useCluster(cluster, (session) => session.status?.value.self ?? null);
  const incompatible = useCluster(cluster, (session) => session.incompatible);
  return (
    <>
      {self?.standing === "removed" && (
        <section aria-label="Removed node" className={`${banner} bg-degraded-tint text-degraded`}>
          <StateGlyph state="degraded" className="shrink-0" />
          This node was removed{self.index === null ? "" : ` at index ${self.index}`}; showing its last view.
        </section>
      )}
      {incompatible && (
        <section aria-label="Other version" className={`${banner} bg-unknown-tint text-unknown`}>
          <StateGlyph state="unknown" className="shrink-0" />
          This console was updated; the page speaks an older version of its stream.
          <Button size="small" onClick={() => location.reload()}>
            Reload
          </Button>
        </section>
      )}
    </>
  );
}
