"use client";

import { type RefObject, useDeferredValue, useEffect, useMemo, useState } from "react";
import type { MemberId } from "../../protocol/membership";
import {
  joinWindows,
  OVERSCAN,
  type RowWindow,
  type VisiblePart,
  visibleParts,
  windowAt,
  withOverscan,
} from "./visible_parts";

/** Up to this many rows all are rendered: a window would be no gain. */
export const ROWS_ALL_MAX = 60;
/** Height of a row (px) as `row-grid` in globals.css lays it out, wide and on a phone. */
const rowHeights = { wide: 36, phone: 57 };

/** What is in view before anybody looked: a screen of rows. */
const atFirst: RowWindow = { first: 0, shown: 2 * OVERSCAN, height: rowHeights.wide };

function windowOf(body: Element | null): RowWindow {
  const height = window.matchMedia("(width < 880px)").matches ? rowHeights.phone : rowHeights.wide;
  return windowAt(body?.getBoundingClientRect().top ?? 0, window.innerHeight, height);
}

/** Whether both want the same rows rendered. */
function isSameStride(one: RowWindow, other: RowWindow): boolean {
  const [a, b] = [withOverscan(one), withOverscan(other)];
  return a.first === b.first && a.shown === b.shown && a.height === b.height;
}

/** What is in view. Looks once a frame at most where the table stands, while it is scrolled, resized or changes its length. */
function useWindow(windowed: boolean, count: number, body: RefObject<Element | null>): RowWindow {
  const [place, setPlace] = useState(atFirst);
  // External system: the browser's layout.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a table of another length may stand elsewhere
  useEffect(() => {
    if (!windowed) return;
    let waiting: number | undefined;
    const look = () => {
      waiting ??= requestAnimationFrame(() => {
        waiting = undefined;
        const now = windowOf(body.current);
        setPlace((last) => (isSameStride(last, now) ? last : now));
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
 * The rows of a table that are in view, or near it, and space for the others. `body` is the element that holds them. What is out of
 * view is rendered once what is in view stands there, and bit by bit: also when the reader makes another `choice` of rows. The
 * focused row is always there: out of view it would otherwise lose the focus.
 */
export function useVisibleParts(
  ids: readonly MemberId[],
  choice: string,
  body: RefObject<Element | null>,
  focused: MemberId | undefined,
): readonly VisiblePart[] {
  const windowed = ids.length > ROWS_ALL_MAX;
  const inView = useWindow(windowed, ids.length, body);
  const wanted = useMemo(
    () => ({ choice, rows: windowed ? withOverscan(inView) : { ...inView, first: 0, shown: ROWS_ALL_MAX } }),
    [choice, windowed, inView],
  );
  const around = useDeferredValue<typeof wanted | null>(wanted, null);
  const rows = around?.choice === choice ? joinWindows(inView, around.rows) : inView;
  return visibleParts(ids, rows, focused);
}
