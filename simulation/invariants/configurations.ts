import { decodeContext } from "../../server/engine/payload";
import type { ConfChangeV2, ConfState, Message, NodeId, RaftStatus } from "../../server/raft/types";
import type { Host } from "../host";
import type { Endpoint } from "../network";
import { configurationLine, referenceChange } from "../reference_configuration";
import type { World } from "../world";
import type { Commits } from "./commits";
import { EMPTY, isVoter, membersOf, type View } from "./view";

/** A configuration that some node applied. */
export interface KnownConfiguration {
  readonly index: number;
  readonly config: ConfState;
  readonly line: string;
}

/** Configurations by the index of their entry, and what changed them (dissertation chapter 4, and the engine's contract). */
export class Configurations {
  private readonly world: World;
  private readonly commits: Commits;
  /** Ascending by index. */
  private readonly known: KnownConfiguration[] = [];
  private readonly removed = new Map<NodeId, number>();
  private readonly appliedRequests = new Map<string, number>();

  constructor(world: World, commits: Commits, first: ConfState) {
    this.world = world;
    this.commits = commits;
    this.known.push({ index: 1, config: first, line: configurationLine(first) });
  }

  /** Where a request was applied; undefined: nowhere yet. */
  appliedAt(requestId: string): number | undefined {
    return this.appliedRequests.get(requestId);
  }

  /** When an id was removed; undefined: it was not. */
  removedAt(id: NodeId): number | undefined {
    return this.removed.get(id);
  }

  /** The newest configuration that any node applied. */
  get newest(): KnownConfiguration {
    return this.known.at(-1) ?? { index: 0, config: EMPTY, line: "" };
  }

  /** The configuration that came into force at exactly this index; undefined: none is known. */
  at(index: number): ConfState | undefined {
    return this.known.find((one) => one.index === index)?.config;
  }

  /** A node has this configuration in force. */
  onConfiguration(host: Host, index: number, config: ConfState): void {
    if (index === 0) return;
    const line = configurationLine(config);
    const known = this.known.find((one) => one.index === index);
    if (known !== undefined) {
      if (known.line !== line)
        this.world.breaks(
          "all nodes agree on the configuration at an index",
          `n${host.id} has ${line} at ${index}, another node ${known.line}`,
        );
      return;
    }
    const later = this.known.findIndex((one) => one.index > index);
    const at = later < 0 ? this.known.length : later;
    const before = this.known[at - 1];
    this.known.splice(at, 0, { index, config, line });
    if (before === undefined) return;
    if (later < 0) this.world.say(() => `configuration at ${index}: ${line}`);
    if (config.votersOutgoing.length > 0) this.world.covers("joint-configuration");
    this.checkReference(host, before, index, line);
    this.checkRemovals(host, index, before.config, config);
    this.checkRequest(host, index, before.index);
  }

  /** The checker computes the configuration itself; entries between two that are known may have been rejected. */
  private checkReference(host: Host, before: KnownConfiguration, index: number, line: string): void {
    let candidates = [before.config];
    for (let at = before.index + 1; at < index; at += 1) {
      const change = this.changeAt(host, at);
      if (change === undefined) continue;
      const more = candidates.flatMap((config) => referenceChange(config, change) ?? []);
      candidates = [...candidates, ...more];
    }
    const change = this.changeAt(host, index);
    if (change === undefined) {
      if (this.commits.at(index) !== undefined || host.ledger.accepted.at(index) !== undefined)
        this.world.breaks(
          "a configuration follows from its entry",
          `n${host.id} has ${line} at ${index}, which is no configuration entry`,
        );
      return;
    }
    const fits = candidates.some((config) => {
      const expected = referenceChange(config, change);
      return expected !== undefined && configurationLine(expected) === line;
    });
    if (!fits)
      this.world.breaks(
        "a configuration follows from its entry",
        `n${host.id} has ${line} at ${index} after ${before.line} at ${before.index}`,
      );
  }

  private changeAt(host: Host, index: number): ConfChangeV2 | undefined {
    return this.commits.changeAt(host, index);
  }

  private checkRemovals(host: Host, index: number, before: ConfState, after: ConfState): void {
    const now = membersOf(after);
    for (const id of membersOf(before))
      if (!now.has(id) && !this.removed.has(id)) this.removed.set(id, index);
    for (const id of now) {
      const at = this.removed.get(id);
      if (at !== undefined && at < index)
        this.world.breaks(
          "a removed id is never used again",
          `n${host.id} has id ${id} in the configuration at ${index}, removed at ${at}`,
        );
    }
  }

  /** Fence and request id, from the entry itself. */
  private checkRequest(host: Host, index: number, before: number): void {
    const change = this.changeAt(host, index);
    if (change === undefined || change.changes.length === 0) return;
    const context = decodeContext(change.context);
    if (context === undefined) {
      this.world.breaks(
        "a change says who asked for it",
        `n${host.id} applied entry ${index} without a context`,
      );
      return;
    }
    const known = this.appliedRequests.get(context.requestId);
    if (known !== undefined && known !== index)
      this.world.breaks(
        "a change is applied once",
        `request ${context.requestId} was applied at ${known} and ${index}`,
      );
    this.appliedRequests.set(context.requestId, index);
    const { expectedIndex } = context;
    const skipped = this.known.some((one) => one.index > before && one.index < index);
    if (expectedIndex !== null && expectedIndex !== before && !skipped)
      this.world.breaks(
        "a fenced change is applied to what its caller saw",
        `request ${context.requestId} at ${index} expected ${expectedIndex}, ${before} was in force`,
      );
  }

  /** A leave that was applied must have left something. */
  checkLeaves(host: Host, view: View, applied: number): void {
    for (let index = view.applied + 1; index <= applied; index += 1) {
      const change = this.commits.at(index)?.change;
      if (change === undefined || change.changes.length > 0) continue;
      if (this.at(index) === undefined)
        this.world.breaks(
          "a joint configuration is left once, after its entry is committed",
          `n${host.id} applied a leave at ${index} that left nothing`,
        );
    }
  }

  /** A voter never takes itself for removed, and a leader keeps of each member what the configuration says. */
  checkStanding(host: Host, { role, progress, confState }: RaftStatus): void {
    const standing = host.replica?.node.standing.kind;
    if (standing === "removed" && isVoter(this.newest.config, host.id))
      this.world.breaks(
        "a voter is not told that it is removed",
        `n${host.id} takes itself for removed; the configuration is ${this.newest.line}`,
      );
    if (role !== "leader") return;
    const wrong = progress.find(({ id, isLearner }) => isLearner === isVoter(confState, id));
    if (wrong !== undefined)
      this.world.breaks(
        "a leader counts those whom its configuration names",
        `n${host.id} takes n${wrong.id} for a ${wrong.isLearner ? "learner" : "voter"} in ${configurationLine(confState)}`,
      );
  }

  /** A process keeps an answer to itself because it knows no address: it must not, if a member has asked. */
  onUnanswered(from: Endpoint, message: Message): void {
    const { config, line } = this.newest;
    if (!from.heard.has(message.to) || !membersOf(config).has(message.to)) return;
    this.world.breaks(
      "a member is answered",
      `n${from.id} was asked by n${message.to} and cannot send it its ${message.type}: it knows no such peer; the configuration is ${line}`,
    );
  }
}
