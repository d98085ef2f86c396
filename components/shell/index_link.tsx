"use client";

import type { ReactNode } from "react";
import { setUrlState } from "../../client/url_state";
import { useClusterName } from "./cluster_context";

/** The link that an entry at this index has of its own; a plain click stays on the page. `className`: its underline. */
export function IndexLink(props: { index: number; className: string; children: ReactNode }) {
  const { index } = props;
  const cluster = useClusterName();
  return (
    <a
      href={`?c=${encodeURIComponent(cluster)}&at=${index}`}
      aria-label={`Link to index ${index}`}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        setUrlState({ at: index });
      }}
      className={`font-mono max-wide:py-3 ${props.className}`}
    >
      {props.children}
    </a>
  );
}
