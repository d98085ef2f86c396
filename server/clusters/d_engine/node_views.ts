/** The view of one node as its stream tells it; ids ascending. */
export interface NodeView {
  readonly members: readonly number[];
  readonly learners: readonly number[];
  readonly committedIndex: number;
}

/** That a node forgot: its index fell, as it does when a d-engine node restarts. */
export interface NodeRestart {
  /** Restarts seen, and one: the number of the node's own epoch. */
  readonly epoch: number;
  readonly fromIndex: number;
  readonly toIndex: number;
}

/** The cluster's membership, worked out from what its nodes say. */
export interface ClusterView {
  /** Raised when every node that served the highest index restarted lower. */
  readonly epoch: number;
  readonly view: NodeView;
}

/**
 * Reconciles the views of the nodes of one d-engine cluster. Its nodes keep no membership: each starts again from its configuration
 * file with index 0, and applies to that only what comes later, so that it may reach the cluster's index with other members. So the
 * highest index is the cluster's as told by nodes in step: those that have told the cluster's view once and did not restart or tell
 * another one since. A node that is merely away stays in step. Where none is left a new epoch begins with the highest index there is.
 */
export class NodeViews {
  private epoch: number;
  private newest: NodeView | undefined;
  private settled = false;
  /** Index that an earlier run of this console recorded. */
  private readonly recorded: number;
  /** Whether a node can be heard now. */
  private readonly isPresent: (key: string) => boolean;
  private readonly views = new Map<string, NodeView>();
  private readonly restarts = new Map<string, NodeRestart>();
  private readonly inStep = new Set<string>();

  constructor(
    isPresent: (key: string) => boolean,
    recorded: { readonly epoch: number; readonly committedIndex: number } = { epoch: 1, committedIndex: 0 },
  ) {
    this.isPresent = isPresent;
    this.epoch = recorded.epoch;
    this.recorded = recorded.committedIndex;
  }

  /** The cluster's view; undefined until settled. */
  get current(): ClusterView | undefined {
    return this.newest === undefined ? undefined : { epoch: this.epoch, view: this.newest };
  }

  /** Takes in what a node says; `key` stays the node's own. Answers the cluster's view where it changed. */
  observe(key: string, view: NodeView): ClusterView | undefined {
    const last = this.views.get(key);
    this.views.set(key, view);
    if (last !== undefined && view.committedIndex < last.committedIndex) this.noteRestart(key, last, view);
    if (!this.settled) return undefined;
    const { newest } = this;
    if (newest === undefined) return this.adopt(view);
    if (view.committedIndex > newest.committedIndex) {
      return this.inStep.has(key) ? this.adopt(view) : this.reconsider();
    }
    if (isSameView(view, newest)) this.inStep.add(key);
    else this.inStep.delete(key);
    return this.inStep.size === 0 ? this.beginAnew() : undefined;
  }

  /**
   * Ends the wait for the first words of the nodes: what most of those with the highest index say stands. Does nothing while an earlier
   * run recorded a higher one, unless `complete`: every node was heard or had its time.
   */
  settle(complete: boolean): ClusterView | undefined {
    const first = mostSaid([...this.views.values()]);
    if (this.settled || first === undefined) return undefined;
    const outdated = first.committedIndex < this.recorded;
    if (outdated && !complete) return undefined;
    if (outdated) this.epoch += 1;
    this.settled = true;
    return this.adopt(first);
  }

  /** A node out of step that is ahead counts once no node in step can be heard. Answers the cluster's view where it changed. */
  reconsider(): ClusterView | undefined {
    const { newest } = this;
    if (newest === undefined || [...this.inStep].some(this.isPresent)) return undefined;
    const ahead = [...this.views]
      .filter(([key, view]) => view.committedIndex > newest.committedIndex && this.isPresent(key))
      .map(([, view]) => view);
    const next = mostSaid(ahead);
    return next === undefined ? undefined : this.adopt(next);
  }

  /** What a node said last. */
  viewOf(key: string): NodeView | undefined {
    return this.views.get(key);
  }

  /** Whether a node follows the cluster's view; one that was not heard does. */
  follows(key: string): boolean {
    return this.newest === undefined || !this.views.has(key) || this.inStep.has(key);
  }

  /** The last restart of a node that has been out of step since. */
  restartOf(key: string): NodeRestart | undefined {
    return this.follows(key) ? undefined : this.restarts.get(key);
  }

  private noteRestart(key: string, last: NodeView, view: NodeView): void {
    const epoch = (this.restarts.get(key)?.epoch ?? 1) + 1;
    this.restarts.set(key, { epoch, fromIndex: last.committedIndex, toIndex: view.committedIndex });
    this.inStep.delete(key);
  }

  private adopt(view: NodeView): ClusterView | undefined {
    this.newest = view;
    for (const [key, told] of this.views) if (isSameView(told, view)) this.inStep.add(key);
    return this.current;
  }

  private beginAnew(): ClusterView | undefined {
    const next = mostSaid([...this.views.values()]);
    if (next === undefined) return undefined;
    this.epoch += 1;
    return this.adopt(next);
  }
}

/** Of the views with the highest index the one that most nodes tell. */
function mostSaid(views: readonly NodeView[]): NodeView | undefined {
  const highest = Math.max(...views.map((view) => view.committedIndex));
  const top = views.filter((view) => view.committedIndex === highest);
  let best: NodeView | undefined;
  let votes = 0;
  for (const view of top) {
    const count = top.filter((other) => isSameView(view, other)).length;
    if (count > votes) [best, votes] = [view, count];
  }
  return best;
}

/** Whether two views are the same in members, learners and index. */
function isSameView(one: NodeView, other: NodeView): boolean {
  return one.committedIndex === other.committedIndex && hasSameMembers(one, other);
}

/** Whether two views have the same members and learners. */
function hasSameMembers(one: NodeView, other: NodeView): boolean {
  return one.members.join() === other.members.join() && one.learners.join() === other.learners.join();
}
