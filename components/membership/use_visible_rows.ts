"use client";

import { type RefObject, useCallback, useSyncExternalStore } from "react";

/** Up to this many rows all are rendered: a window would be no gain. */
const rowsAllMax = 60;
/** Rows rendered beyond what is in view, on either side, so that the next key or the next notch finds them there. */
const overscan = 12;
/** Height of a row (px) as `row-grid` in globals.css lays it out, wide and on a phone. */
const rowHeights = { wide: 36, phone: 57 };

/** Which rows to render, from `first` to before `end`, and the space (px) that stands for the others. */
export interface VisibleRows {
  readonly first: number;
  readonly end: number;
  readonly above: number;
  readonly below: number;
}

function subscribe(onChange: () => void): () => void {
  window.addEventListener("scroll", onChange, { passive: true });
  window.addEventListener("resize", onChange);
  return () => {
    window.removeEventListener("scroll", onChange);
    window.removeEventListener("resize", onChange);
  };
}

const never = () => () => undefined;

function rowHeight(): number {
  return window.matchMedia("(width < 880px)").matches ? rowHeights.phone : rowHeights.wide;
}

/** The first row to render, in steps of the overscan, so that scrolling renders in strides. */
function firstRow(body: Element | null): number {
  const top = body?.getBoundingClientRect().top ?? 0;
  const inView = Math.max(0, Math.floor(-top / rowHeight()));
  return Math.max(0, Math.floor(inView / overscan) * overscan - overscan);
}

/** The rows of a long table that are in view, or near it. `body` is the element that holds them. */
export function useVisibleRows(count: number, body: RefObject<Element | null>): VisibleRows {
  const windowed = count > rowsAllMax;
  const wanted = useSyncExternalStore(
    windowed ? subscribe : never,
    useCallback(() => (windowed ? firstRow(body.current) : 0), [windowed, body]),
    () => 0,
  );
  if (!windowed) return { first: 0, end: count, above: 0, below: 0 };
  const height = rowHeight();
  const shown = Math.ceil(window.innerHeight / height) + 3 * overscan;
  const first = Math.max(0, Math.min(wanted, count - shown));
  const end = Math.min(count, first + shown);
  return { first, end, above: first * height, below: (count - end) * height };
}
