import type { NodeId } from "../types";

/*
 * Lists of ids, ascending and each id once, as configurations hold them. All of these take one walk over both lists: a change of a
 * configuration of a thousand members costs a few microseconds of them.
 */

/** Every id of either list. One of the lists itself where the other adds nothing. */
export function union(some: readonly NodeId[], others: readonly NodeId[]): readonly NodeId[] {
  if (others.length === 0) return some;
  if (some.length === 0) return others;
  const all: NodeId[] = [];
  let at = 0;
  for (const id of some) {
    for (let other = others[at]; other !== undefined && other <= id; other = others[++at]) {
      if (other < id) all.push(other);
    }
    all.push(id);
  }
  for (; at < others.length; at += 1) all.push(others[at] ?? 0);
  return all;
}

/** The ids of `some` that are not in `others`. */
export function without(some: readonly NodeId[], others: readonly NodeId[]): NodeId[] {
  const left: NodeId[] = [];
  let at = 0;
  for (const id of some) {
    while (at < others.length && (others[at] ?? 0) < id) at += 1;
    if (others[at] !== id) left.push(id);
  }
  return left;
}

/** The first id that is in both lists; undefined if there is none. */
export function shared(some: readonly NodeId[], others: readonly NodeId[]): NodeId | undefined {
  let at = 0;
  for (const id of some) {
    while (at < others.length && (others[at] ?? 0) < id) at += 1;
    if (at === others.length) return undefined;
    if (others[at] === id) return id;
  }
  return undefined;
}
