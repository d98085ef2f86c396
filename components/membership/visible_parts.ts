import type { MemberId } from "../../protocol/membership";

/** What a table renders, from top to bottom: rows, and space that stands for those that are out of view. */
export type VisiblePart =
  | { readonly kind: "row"; readonly id: MemberId; readonly place: number }
  | { readonly kind: "space"; readonly key: string; readonly height: number };

/** The part of a long table that is in view: its first row, how many, and the height (px) of each. */
export interface RowWindow {
  readonly first: number;
  readonly shown: number;
  readonly height: number;
}

/** Rows rendered beyond what is in view, on either side, so that the next key or the next notch finds them there. */
export const OVERSCAN = 6;

/** The rows in view. `top`: where the rows begin, px below the window's upper edge; a table that is out of view altogether has one. */
export function windowAt(top: number, viewHeight: number, height: number): RowWindow {
  const first = Math.max(0, Math.floor(-top / height));
  const end = Math.ceil((viewHeight - top) / height);
  return { first, shown: Math.max(1, end - first), height };
}

/** The window and the rows around it, in strides, so that scrolling renders now and then. */
export function withOverscan({ first, shown, height }: RowWindow): RowWindow {
  const from = Math.max(0, (Math.floor(first / OVERSCAN) - 1) * OVERSCAN);
  const end = (Math.ceil((first + shown) / OVERSCAN) + 1) * OVERSCAN;
  return { first: from, shown: end - from, height };
}

/** Both windows as one, or the first alone where rows would lie between them. */
export function joinWindows(inView: RowWindow, around: RowWindow): RowWindow {
  const first = Math.min(inView.first, around.first);
  const end = Math.max(inView.first + inView.shown, around.first + around.shown);
  return end - first > inView.shown + around.shown ? inView : { ...inView, first, shown: end - first };
}

/** The rows of the window and the focused one, wherever that is, with space for all others between them. */
export function visibleParts(
  ids: readonly MemberId[],
  { first: wanted, shown, height }: RowWindow,
  focused: MemberId | undefined,
): readonly VisiblePart[] {
  const first = Math.max(0, Math.min(wanted, ids.length - shown));
  const end = Math.min(ids.length, first + shown);
  const kept = focused === undefined ? -1 : ids.indexOf(focused);
  return [
    ...outside("above", ids, 0, first, kept, height),
    ...ids.slice(first, end).map((id, place): VisiblePart => ({ kind: "row", id, place: first + place })),
    ...outside("below", ids, end, ids.length, kept, height),
  ];
}

/** Space for the rows from `from` to before `end`, around the one at `kept` if that is among them. */
function outside(
  side: "above" | "below",
  ids: readonly MemberId[],
  from: number,
  end: number,
  kept: number,
  height: number,
): VisiblePart[] {
  const space = (key: string, rows: number): VisiblePart[] =>
    rows === 0 ? [] : [{ kind: "space", key: `${side} ${key}`, height: rows * height }];
  const id = ids[kept];
  if (id === undefined || kept < from || kept >= end) return space("all", end - from);
  return [
    ...space("before", kept - from),
    { kind: "row", id, place: kept },
    ...space("after", end - kept - 1),
  ];
}
