"use client";

import { type RefObject, useEffect } from "react";

/**
 * Brings the entry that the address names into view, once it is `there` within `list`. `block`: where it comes to stand; "nearest" where
 * the list scrolls by itself.
 */
export function useScrollToLinked(
  list: RefObject<Element | null>,
  at: number | undefined,
  there: boolean,
  block: "center" | "nearest",
): void {
  // External system: the browser's scroll position.
  useEffect(() => {
    if (at !== undefined && there)
      list.current?.querySelector("[aria-current=true]")?.scrollIntoView({ block });
  }, [list, at, there, block]);
}
