"use client";

import { type FocusEvent, type PointerEvent, useState } from "react";
import type { MemberId } from "../../protocol/membership";
import { ROW_ATTRIBUTE } from "./focus";
import { steadyOrder } from "./steady_order";
import { ROWS_ALL_MAX } from "./use_visible_rows";

/** Places held for rows that left; then they are all given up, or a pointer that was forgotten there would let the table grow for ever. */
const goneMax = 300;

/** The rows of a table as they stand while somebody points at one or has focused one. */
export interface SteadyIds {
  readonly ids: readonly MemberId[];
  /** The member whose row has the focus. */
  readonly focused: MemberId | undefined;
  /** For the table's element. */
  readonly events: {
    readonly onPointerEnter: (event: PointerEvent) => void;
    readonly onPointerLeave: () => void;
    readonly onFocus: (event: FocusEvent) => void;
    readonly onBlur: () => void;
  };
}

/**
 * Holds the order of the rows while the pointer is over the table or the focus in it: what is there keeps its place, what is new
 * comes last, until the reader makes another `choice` of rows. In a long table, where rows come and go many times a second, those that left keep their place too until it is let go.
 */
export function useSteadyIds(ids: readonly MemberId[], order: "fixed" | "moving", choice: string): SteadyIds {
  const [pointed, setPointed] = useState(false);
  const [focused, setFocused] = useState<MemberId>();
  const [last, setLast] = useState<{ choice: string; ids: readonly MemberId[] }>();
  const held = last?.choice === choice ? last.ids : undefined;
  const long = ids.length > ROWS_ALL_MAX;
  const holds = (pointed || focused !== undefined) && (long || order === "moving");
  const keepsGone = long && (held ?? ids).length - ids.length < goneMax;
  const next = holds ? steadyOrder(held ?? ids, ids, keepsGone) : undefined;
  if (next === undefined ? last !== undefined : next !== held) setLast(next && { choice, ids: next });
  return {
    ids: next ?? ids,
    focused,
    events: {
      // A finger has no place to rest: it scrolls.
      onPointerEnter: (event) => setPointed(event.pointerType === "mouse" || event.pointerType === "pen"),
      onPointerLeave: () => setPointed(false),
      onFocus: (event) => setFocused(memberAt(event.target)),
      onBlur: () => setFocused(undefined),
    },
  };
}

function memberAt(target: EventTarget): MemberId | undefined {
  if (!(target instanceof Element)) return undefined;
  return target.closest("tr")?.querySelector(`[${ROW_ATTRIBUTE}]`)?.getAttribute(ROW_ATTRIBUTE) ?? undefined;
}
