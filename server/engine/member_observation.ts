import type { NodeId, ProgressView } from "../raft/types";
import type { Transport } from "../transport/types";
import { allNodes } from "./configuration";
import { promotionBlock } from "./guard";
import type { Node } from "./node";
import type { Clock } from "./node_ports";
import type { MemberReport } from "./types";

/** A voter that was heard from within this many ms is healthy. */
export const HEALTHY_MS = 3000;
/** Samples behind a growth rate: 10 of 0.5 s. */
const RATE_SAMPLES = 10;

/** What this node itself sees of the others: whom it hears, and as leader how far their logs are. */
export class MemberObservation {
  private readonly health = new Map<NodeId, { health: MemberReport["health"]; since: number }>();
  private readonly matches = new Map<NodeId, { readonly at: number; readonly match: number }[]>();
  private readonly startedAt: number;
  private readonly id: NodeId;
  private readonly node: Node;
  private readonly transport: Transport;
  private readonly clock: Clock;

  constructor(id: NodeId, node: Node, transport: Transport, clock: Clock) {
    this.id = id;
    this.node = node;
    this.transport = transport;
    this.clock = clock;
    this.startedAt = clock.now();
  }

  /** Forgets nodes that are in no configuration any more. */
  keep(nodes: ReadonlySet<NodeId>): void {
    for (const map of [this.health, this.matches])
      for (const id of map.keys()) if (!nodes.has(id)) map.delete(id);
  }

  /** Notes how far each member's log is; for a leader, at every report. */
  sample(): void {
    const at = this.clock.now();
    for (const { id, match } of this.node.raft.status().progress) {
      const samples = this.matches.get(id) ?? [];
      samples.push({ at, match });
      if (samples.length > RATE_SAMPLES) samples.shift();
      this.matches.set(id, samples);
    }
  }

  private rate(id: NodeId): number | undefined {
    const samples = this.matches.get(id);
    const first = samples?.[0];
    const last = samples?.at(-1);
    if (first === undefined || last === undefined || last.at <= first.at) return undefined;
    return Math.max(0, ((last.match - first.match) * 1000) / (last.at - first.at));
  }

  private lastContact(id: NodeId): number | undefined {
    return id === this.id ? 0 : this.transport.lastHeardMs(id);
  }

  private healthOf(
    id: NodeId,
    lastContactMs: number | undefined,
  ): { health: MemberReport["health"]; healthForMs: number } {
    const now = this.clock.now();
    const young = now - this.startedAt < HEALTHY_MS;
    const up = lastContactMs !== undefined && lastContactMs <= HEALTHY_MS;
    const health = up ? "healthy" : lastContactMs === undefined && young ? "unknown" : "down";
    const before = this.health.get(id);
    if (before?.health === health) return { health, healthForMs: now - before.since };
    // A node that fell silent has been down since it was last heard, not since we noticed.
    const since = health === "down" && lastContactMs !== undefined ? now - lastContactMs : now;
    this.health.set(id, { health, since });
    return { health, healthForMs: now - since };
  }

  /** What this node itself sees of every node of the configuration. */
  observe(leading: boolean): MemberReport[] {
    const status = leading ? this.node.raft.status() : undefined;
    const progress = new Map(status?.progress.map((one) => [one.id, one]));
    const learners = new Set(this.node.registry.confState.learners);
    return allNodes(this.node.registry.confState).map((id) => {
      const lastContactMs = this.lastContact(id);
      const peer = progress.get(id);
      const lag = status === undefined ? undefined : lagOf(peer, status.lastIndex);
      return {
        id,
        ...this.healthOf(id, lastContactMs),
        lastContactMs,
        lag,
        ratePerSecond: leading ? this.rate(id) : undefined,
        progress: peer?.state,
        promotionBlocked: learners.has(id) && leading ? promotionBlock(lastContactMs, lag) : undefined,
      };
    });
  }
}

/**
 * How far a member's log is behind. A leader begins by knowing nobody's log: of one that has acknowledged nothing since, as one that
 * is dead, it would be the whole log, although it may have had all of it. Whom a snapshot is sent to was found to need it.
 */
function lagOf(peer: ProgressView | undefined, lastIndex: number): number | undefined {
  if (peer === undefined || (peer.match === 0 && peer.state === "probe")) return undefined;
  return Math.max(0, lastIndex - peer.match);
}
