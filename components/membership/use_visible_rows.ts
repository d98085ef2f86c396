"use client";

import { type RefObject, useDeferredValue, useEffect, useState } from "react";
import type { MemberId } from "../../protocol/membership";
import { OVERSCAN, type RowWindow, type VisiblePart, visibleParts, windowAt } from "./visible_parts";

/** Up to this many rows all are rendered: a window would be no gain. */
export const ROWS_ALL_MAX = 60;
/** Rows of a table that is rendered whole at once when the page opens: a screen of them. */
const atFirst = 2 * OVERSCAN;
/** Height of a row (px) as `row-grid` in globals.css lays it out, wide and on a phone. */
const rowHeights = { wide: 36, phone: 57 };

function windowOf(body: Element | null): RowWindow {
  const height = window.matchMedia("(width < 880px)").matches ? rowHeights.phone : rowHeights.wide;
  return windowAt(body?.getBoundingClientRect().top ?? 0, window.innerHeight, height);
}

/** Looks once a frame at most where the table stands, while it is scrolled, resized or changes its length. */
function useWindow(windowed: boolean, count: number, body: RefObject<Element | null>): RowWindow {
  const [place, setPlace] = useState<RowWindow>({ first: 0, shown: OVERSCAN, height: rowHeights.wide });
  // External system: the browser's layout.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a table of another length may stand elsewhere
  useEffect(() => {
    if (!windowed) return;
    let waiting: number | undefined;
    const look = () => {
      waiting ??= requestAnimationFrame(() => {
        waiting = undefined;
        const now = windowOf(body.current);
        setPlace((last) =>
          last.first === now.first && last.shown === now.shown && last.height === now.height ? last : now,
        );
      });
    };
    look();
    window.addEventListener("scroll", look, { passive: true });
    window.addEventListener("resize", look);
    return () => {
      if (waiting !== undefined) cancelAnimationFrame(waiting);
      window.removeEventListener("scroll", look);
      window.removeEventListener("resize", look);
    };
  }, [windowed, body, count]);
  return place;
}

/**
 * The rows of a table that are in view, or near it, and space for the others. `body` is the element that holds them. The focused
 * row is always there: out of view it would otherwise lose the focus.
 */
export function useVisibleParts(
  ids: readonly MemberId[],
  body: RefObject<Element | null>,
  focused: MemberId | undefined,
): readonly VisiblePart[] {
  const windowed = ids.length > ROWS_ALL_MAX;
  const { first: wanted, shown, height } = useWindow(windowed, ids.length, body);
  // What is out of view is rendered when what is in view stands there, and bit by bit.
  const complete = useDeferredValue(true, false);
  if (windowed) return visibleParts(ids, { first: wanted, shown, height }, focused);
  return visibleParts(ids, { first: 0, shown: complete ? ids.length : atFirst, height }, focused);
}
