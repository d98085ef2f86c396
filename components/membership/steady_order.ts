import type { MemberId } from "../../protocol/membership";

/** `held` with what is new in `ids` at its end; without what is gone, unless it is to keep its place. The same array if nothing differs. */
export function steadyOrder(
  held: readonly MemberId[],
  ids: readonly MemberId[],
  keepsGone: boolean,
): readonly MemberId[] {
  if (held === ids) return held;
  const known = new Set(held);
  const added = ids.filter((id) => !known.has(id));
  const present = keepsGone ? undefined : new Set(ids);
  const kept = present === undefined ? held : held.filter((id) => present.has(id));
  return added.length === 0 && kept.length === held.length ? held : [...kept, ...added];
}
