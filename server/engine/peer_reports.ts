import { z } from "zod";
import type { NodeId } from "../raft/types";
import type { PeerIdentity, Transport } from "../transport/types";
import { allNodes } from "./configuration";
import { promotionBlock } from "./guard";
import type { LeaderDesk } from "./leader_desk";
import type { Clock, Node } from "./node";
import { encodeBody, memberChangesSchema, parseBody } from "./payload";
import type { ChangeInProgress, EngineStatus, MemberReport, PeerView } from "./types";

/** A voter that was heard from within this many ms is healthy. */
export const HEALTHY_MS = 3000;
/** Ticks between two reports to the peers: 2 Hz at 50 ms a tick. */
const REPORT_TICKS = 10;
/** Samples behind a growth rate: 10 of 0.5 s. */
const RATE_SAMPLES = 10;

const nodeId = z.number().int().min(1).max(0xffff_ffff);
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const ids = z.array(nodeId).max(100_000).readonly();
const text = z.string().max(1024);

const memberReportSchema = z.object({
  id: nodeId,
  health: z.enum(["healthy", "down", "unknown"]),
  healthForMs: z.number().min(0).optional(),
  lastContactMs: z.number().min(0).optional(),
  lag: count.optional(),
  ratePerSecond: z.number().min(0).optional(),
  progress: z.enum(["probe", "replicate", "snapshot"]).optional(),
  promotionBlocked: text.optional(),
});
const reportSchema = z.object({
  term: count,
  leader: nodeId.optional(),
  committedIndex: count,
  members: ids,
  learners: ids,
  console: text,
  /** Only a leader's: what it sees of every node. */
  leading: z
    .object({
      reports: z.array(memberReportSchema).max(100_000),
      lastIndex: count,
      change: z
        .object({ requestId: text, changes: memberChangesSchema, actor: text, sinceMs: z.number().min(0) })
        .optional(),
    })
    .optional(),
});
type Report = z.infer<typeof reportSchema>;

/** Health and lag of every node, as whoever knows best reports them. */
type Seen = Pick<EngineStatus, "reportedBy" | "reports" | "changeInProgress" | "lastIndex">;

interface Heard {
  readonly report: Report;
  readonly at: number;
}

/**
 * What the nodes tell each other about themselves, twice a second. Followers know no peer's lag or health: the leader's report
 * carries it to every node, so that all consoles agree. Kept in memory only, and never believed longer than it is fresh.
 */
export class PeerReports {
  private readonly heard = new Map<NodeId, Heard>();
  private readonly health = new Map<NodeId, { health: MemberReport["health"]; since: number }>();
  private readonly matches = new Map<NodeId, { readonly at: number; readonly match: number }[]>();
  /** Where each peer last said its console is. A place, not a measurement: it does not age. */
  private readonly consoles = new Map<NodeId, string>();
  private readonly startedAt: number;
  private ticks = 0;
  private console = "";
  private readonly id: NodeId;
  private readonly node: Node;
  private readonly desk: LeaderDesk;
  private readonly transport: Transport;
  private readonly clock: Clock;

  constructor(id: NodeId, node: Node, desk: LeaderDesk, transport: Transport, clock: Clock) {
    this.id = id;
    this.node = node;
    this.desk = desk;
    this.transport = transport;
    this.clock = clock;
    this.startedAt = clock.now();
  }

  setConsole(url: string): void {
    this.console = url;
  }

  tick(): void {
    this.ticks += 1;
    if (this.ticks % REPORT_TICKS !== 0) return;
    if (this.node.isLeader) this.sampleMatches();
    this.transport.sendReport(encodeBody(this.own()));
  }

  onReport(from: NodeId, body: Uint8Array): void {
    const report = parseBody(reportSchema, body);
    if (report === undefined) return;
    this.heard.set(from, { report, at: this.clock.now() });
    if (report.console === "") this.consoles.delete(from);
    else this.consoles.set(from, report.console);
  }

  /** A connection with this peer opened: its hello comes before any report. One without a console may only not know it yet. */
  onPeer({ nodeId: id, console: url }: PeerIdentity): void {
    if (url !== "") this.consoles.set(id, url);
  }

  /** Forgets nodes that are in no configuration any more. */
  keep(nodes: readonly NodeId[]): void {
    for (const map of [this.heard, this.health, this.matches, this.consoles]) {
      for (const id of map.keys()) if (!nodes.includes(id)) map.delete(id);
    }
  }

  private own(): Report {
    const leading = this.node.isLeader
      ? {
          reports: this.observe(true),
          lastIndex: this.node.raft.status().lastIndex,
          change: this.changeForWire(),
        }
      : undefined;
    return { ...this.ownView(), console: this.console, leading };
  }

  private ownView(): Omit<PeerView, "id" | "ageMs"> {
    const { leader, term } = this.node.leader.current;
    const { members, learners, committedIndex } = this.node.membership.current;
    return { term, leader, committedIndex, members, learners };
  }

  private changeForWire(): NonNullable<Report["leading"]>["change"] {
    const change = this.desk.changeInProgress;
    return change === undefined ? undefined : { ...change, changes: [...change.changes] };
  }

  private sampleMatches(): void {
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
  private observe(leading: boolean): MemberReport[] {
    const status = leading ? this.node.raft.status() : undefined;
    const progress = new Map(status?.progress.map((one) => [one.id, one]));
    const { learners } = this.node.registry.confState;
    return allNodes(this.node.registry.confState).map((id) => {
      const lastContactMs = this.lastContact(id);
      const peer = progress.get(id);
      const lag =
        status === undefined || peer === undefined ? undefined : Math.max(0, status.lastIndex - peer.match);
      return {
        id,
        ...this.healthOf(id, lastContactMs),
        lastContactMs,
        lag,
        ratePerSecond: leading ? this.rate(id) : undefined,
        progress: peer?.state,
        promotionBlocked: learners.includes(id) && leading ? promotionBlock(lastContactMs, lag) : undefined,
      };
    });
  }

  /** What is known of all nodes, and from whom. */
  describe(): Seen & Pick<EngineStatus, "views" | "consoles"> {
    const consoles = new Map(this.consoles);
    if (this.console !== "") consoles.set(this.id, this.console);
    return { ...this.seen(), views: this.views(), consoles };
  }

  /** The leader's report while it is fresh and of a term not older than ours; our own observations otherwise. */
  private seen(): Seen {
    const { leader, term } = this.node.leader.current;
    const ownLast = this.node.log.lastIndex();
    if (this.node.isLeader) {
      const reportedBy = { id: this.id, asLeader: true, ageMs: 0 };
      const lastIndex = this.node.raft.status().lastIndex;
      return {
        reportedBy,
        reports: this.observe(true),
        changeInProgress: this.desk.changeInProgress,
        lastIndex,
      };
    }
    const heard = leader === undefined ? undefined : this.heard.get(leader);
    const leading = heard?.report.leading;
    if (
      heard !== undefined &&
      leading !== undefined &&
      heard.report.term >= term &&
      this.age(heard) <= HEALTHY_MS
    ) {
      const ageMs = this.age(heard);
      const reports = leading.reports.map((report) => aged(report, ageMs));
      const change: ChangeInProgress | undefined = leading.change && {
        ...leading.change,
        sinceMs: leading.change.sinceMs + ageMs,
      };
      return {
        reportedBy: { id: heard.report.leader ?? 0, asLeader: true, ageMs },
        reports,
        changeInProgress: change,
        lastIndex: leading.lastIndex,
      };
    }
    const reportedBy = { id: this.id, asLeader: false, ageMs: 0 };
    return {
      reportedBy,
      reports: this.observe(false),
      changeInProgress: undefined,
      lastIndex: ownLast,
    };
  }

  private age(heard: Heard): number {
    return this.clock.now() - heard.at;
  }

  /** What each node last said about itself; this node's own view is always there. */
  private views(): PeerView[] {
    const own = { id: this.id, ...this.ownView(), ageMs: 0 };
    const others = [...this.heard]
      .filter(([id]) => id !== this.id)
      .map(([id, heard]) => ({ id, ...viewOf(heard.report), ageMs: this.age(heard) }));
    return [own, ...others].sort((a, b) => a.id - b.id);
  }
}

function viewOf(report: Report): Omit<PeerView, "id" | "ageMs"> {
  const { committedIndex, members, learners, leader, term } = report;
  return { committedIndex, members, learners, leader, term };
}

/** A fact of another node is as much older as its report is. */
function aged(report: z.infer<typeof memberReportSchema>, ageMs: number): MemberReport {
  const older = (age: number | undefined): number | undefined =>
    age === undefined ? undefined : age + ageMs;
  return {
    id: report.id,
    health: report.health,
    healthForMs: older(report.healthForMs),
    lastContactMs: older(report.lastContactMs),
    lag: report.lag,
    ratePerSecond: report.ratePerSecond,
    progress: report.progress,
    promotionBlocked: report.promotionBlocked,
  };
}
