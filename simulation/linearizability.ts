/** One operation on a register, as its client saw it. Times are positions in one total order of calls and returns. */
export interface Operation {
  readonly kind: "write" | "read";
  /** Written, or read; 0 before the first write. */
  readonly value: number;
  readonly called: number;
  /** Infinity: no outcome was seen. It may take effect at any time after its call, or never. */
  readonly returned: number;
}

/** `undecided`: the search was given up at its bound. */
export type Verdict = "linearizable" | "not-linearizable" | "undecided";

/** States that are looked at before the search is given up. */
const STATES_MAX = 200_000;

/**
 * Whether the operations on one register can be put in one order that respects real time and in which each read returns the last
 * write before it (Herlihy and Wing). The search of Wing and Gong with Lowe's memory of configurations seen.
 */
export function checkRegister(operations: readonly Operation[]): Verdict {
  const ordered = [...operations].sort((a, b) => a.called - b.called);
  const done = new Uint8Array(ordered.length);
  const seen = new Set<string>();
  let states = 0;
  let open = ordered.filter((operation) => operation.returned !== Number.POSITIVE_INFINITY).length;

  const search = (value: number): boolean | undefined => {
    if (open === 0) return true;
    states += 1;
    if (states > STATES_MAX) return undefined;
    const key = `${value}:${signature(done)}`;
    if (seen.has(key)) return false;
    seen.add(key);
    let firstReturn = Number.POSITIVE_INFINITY;
    for (let i = 0; i < ordered.length; i += 1) {
      const operation = ordered[i];
      if (operation === undefined || operation.called > firstReturn) break;
      if (done[i] === 0 && operation.returned < firstReturn) firstReturn = operation.returned;
    }
    for (let i = 0; i < ordered.length; i += 1) {
      const operation = ordered[i];
      if (operation === undefined || operation.called > firstReturn) break;
      if (done[i] === 1 || (operation.kind === "read" && operation.value !== value)) continue;
      const finished = operation.returned !== Number.POSITIVE_INFINITY;
      done[i] = 1;
      if (finished) open -= 1;
      const found = search(operation.kind === "write" ? operation.value : value);
      if (found !== false) return found;
      done[i] = 0;
      if (finished) open += 1;
    }
    return false;
  };
  const found = search(0);
  if (found === undefined) return "undecided";
  return found ? "linearizable" : "not-linearizable";
}

/** The set of operations already placed: those up to the first gap as a count, the rest one by one. */
function signature(done: Uint8Array): string {
  let from = 0;
  while (done[from] === 1) from += 1;
  let rest = String(from);
  for (let i = from + 1; i < done.length; i += 1) if (done[i] === 1) rest += `,${i}`;
  return rest;
}
