/** Something that happens at a point of virtual time (ms). */
export interface SimulatedEvent {
  readonly at: number;
  /** Breaks ties: what was scheduled first happens first. */
  readonly order: number;
  /** What it stands for in the trace; "tick" does not count as an event of the run. */
  readonly kind: EventKind;
  readonly run: () => void;
}

export type EventKind = "tick" | "message" | "disk" | "timer" | "action" | "answer";

/** Events by time, then by the order in which they were scheduled: a binary heap. */
export class EventQueue {
  private readonly heap: SimulatedEvent[] = [];
  private order = 0;

  push(at: number, kind: EventKind, run: () => void): void {
    const event = { at, order: this.order, kind, run };
    this.order += 1;
    const { heap } = this;
    let hole = heap.length;
    heap.push(event);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !before(event, above)) break;
      heap[hole] = above;
      hole = parent;
    }
    heap[hole] = event;
  }

  pop(): SimulatedEvent | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      let below = heap[child];
      if (below === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && before(right, below)) {
        child += 1;
        below = right;
      }
      if (!before(below, last)) break;
      heap[hole] = below;
      hole = child;
    }
    heap[hole] = last;
    return first;
  }
}

function before(a: SimulatedEvent, b: SimulatedEvent): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
