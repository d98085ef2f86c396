import type { ChangeOutcome, ChangeRefusal, MemberChange } from "../server/engine/types";
import type { ConfChangeSingle, ConfState, NodeId } from "../server/raft/types";
import type { History } from "./history";
import type { Host } from "./host";
import type { Invariants } from "./invariants/invariants";
import { encodeWrite } from "./key_value";
import { addressOf } from "./network";
import type { Random } from "./random";
import { agreesIn, referenceChange } from "./reference_configuration";
import { describeError, type World } from "./world";

/** How long clients wait (ms). */
const TIMEOUT_MS = { low: 500, high: 6000 };
/** So long after its timeout no copy of a change is on its way any more: longer than any delay or pause (ms). */
const DOUBT_MS = 8_000;
/** Refusals that every other copy of the request gets too, whoever leads when it arrives. */
const REFUSES_ALL: ReadonlySet<ChangeRefusal["code"]> = new Set([
  "invalid-change",
  "request-closed",
  "request-id-reused",
]);

/** Makes machines for learners-to-be. */
export interface Machines {
  readonly hosts: ReadonlyMap<NodeId, Host>;
  /** A new machine, running; undefined: there are enough. */
  add(): Host | undefined;
  /** The most voters an operator wants. */
  readonly votersMax: number;
  /** Whether a copy of this request is on its way from one machine to another. */
  underWay(requestId: string): boolean;
}

/** Clients and operators: what is asked of the cluster, and whether the answers are true. */
export class Workload {
  private readonly world: World;
  private readonly history: History;
  private readonly invariants: Invariants;
  private readonly machines: Machines;
  private requests = 0;
  /** Changes without an answer. */
  private open = 0;
  private doubtUntil = 0;
  private readonly allocated = new Set<NodeId>();
  private readonly refusedRequests = new Set<string>();
  private readonly closedRequests = new Set<string>();
  private readonly tried = new Map<string, number>();
  changesApplied = 0;

  constructor(world: World, history: History, invariants: Invariants, machines: Machines) {
    this.world = world;
    this.history = history;
    this.invariants = invariants;
    this.machines = machines;
  }

  private running(): Host[] {
    return [...this.machines.hosts.values()].filter(
      (host) => host.replica !== undefined && host.pausedUntil <= this.world.now,
    );
  }

  /** Anyone who runs and is able to answer; it will be looked at after this event. */
  private anyone(random: Random): Host | undefined {
    const running = this.running();
    // Often one that takes itself for the leader: a deposed one's writes are what must get lost.
    const leaders = random.chance(0.4) ? running.filter((one) => one.replica?.node.isLeader === true) : [];
    const host = random.pick(leaders.length > 0 ? leaders : running);
    if (host !== undefined) this.invariants.touch(host, undefined);
    return host;
  }

  private watch(promise: Promise<void>): void {
    promise.catch((error) => this.world.breaks("no unexpected exception", describeError(error)));
  }

  /** Whether no change can be on its way: then a node may be lost for good without one making that fatal. */
  get quiet(): boolean {
    return this.open === 0 && this.world.now >= this.doubtUntil;
  }

  write(random: Random): void {
    const host = this.anyone(random);
    if (host !== undefined) this.writeAt(host, random);
  }

  /** Many writes at once through one node: a log whose end is long and not committed yet. */
  burst(random: Random): void {
    const host = this.anyone(random);
    if (host === undefined) return;
    this.world.covers("burst");
    for (let left = 3 + random.below(20); left > 0; left -= 1) this.writeAt(host, random);
  }

  /** One write through this node. */
  writeAt(host: Host, random: Random): void {
    const { replica } = host;
    if (replica === undefined) return;
    this.invariants.touch(host, undefined);
    const call = this.history.callWrite(random.below(64));
    this.world.say(() => `client: n${host.id} write ${call.value} to ${call.key}`);
    const asked = replica.propose(encodeWrite(call), random.between(TIMEOUT_MS.low, TIMEOUT_MS.high));
    this.watch(
      asked.then((outcome) => {
        this.world.say(() => `client: n${host.id} write ${call.value}: ${outcome.kind}`);
        if (outcome.kind === "applied") this.history.wroteAt(call, outcome.index);
        else if (outcome.kind === "refused") this.history.writeRefused(call);
        else this.history.writeUnknown(call);
      }),
    );
  }

  read(random: Random): void {
    const host = this.anyone(random);
    if (host !== undefined) this.readAt(host, random);
  }

  /** One linearizable read through this node. */
  readAt(host: Host, random: Random): void {
    const { replica, values } = host;
    if (replica === undefined || values === undefined) return;
    this.invariants.touch(host, undefined);
    const call = this.history.callRead(random.below(64));
    const asked = replica.readIndex(random.between(TIMEOUT_MS.low, TIMEOUT_MS.high));
    this.watch(
      asked.then((index) => {
        if (index === undefined || host.replica !== replica) return;
        const value = values.read(call.key);
        this.world.say(() => `client: n${host.id} read ${call.key} at ${index}: ${value}`);
        this.history.readAt(call, index, value);
      }),
    );
  }

  allocate(random: Random): void {
    const host = this.anyone(random);
    if (host?.replica === undefined) return;
    this.watch(
      host.replica.allocateId(3000).then((id) => {
        if (id === undefined) return;
        if (this.allocated.has(id)) this.world.breaks("an id is given once", `id ${id} was given twice`);
        this.allocated.add(id);
      }),
    );
  }

  /** One change, of one node or of several, of the kind that chance has; as the chosen node sees the cluster. */
  change(random: Random): void {
    const host = random.pick(this.running().filter((one) => one.replica?.node.standing.kind === "member"));
    if (host?.replica === undefined) return;
    const changes = this.chooseChanges(random, host.replica.node.registry.confState);
    if (changes.length > 0) this.ask(random, host, changes);
  }

  /** Brings a new machine in as a learner, by way of this node. Its id; undefined: there are enough. */
  introduce(random: Random, host: Host): NodeId | undefined {
    const { confState } = host.replica?.node.registry ?? {};
    if (confState === undefined || confState.voters.length >= this.machines.votersMax) return undefined;
    const change = this.chooseAddition(confState);
    return change !== undefined && this.ask(random, host, [change]) ? change.id : undefined;
  }

  /** A learner that was removed is wanted back, of a node that may not know yet. */
  addAgain(random: Random, host: Host, id: NodeId): void {
    this.world.covers("retired-id-wanted");
    this.ask(random, host, [addition(id)]);
  }

  /** Asks this node for these changes, if the cluster can afford them. Whether it asked. */
  ask(random: Random, host: Host, changes: readonly MemberChange[]): boolean {
    const { replica } = host;
    if (replica === undefined) return false;
    const { registry } = replica.node;
    const someLost = [...this.machines.hosts.values()].some((one) => !one.lasts);
    // While somebody is lost, a change is fenced: on another configuration it could cost the last majority.
    if (someLost && !this.survivable(registry.confState, changes)) return false;
    const fenced = someLost || random.chance(0.3);
    const stale = !someLost && fenced && random.chance(0.1);
    const expectedIndex = fenced ? registry.configIndex - (stale ? 1 : 0) : undefined;
    this.requests += 1;
    const requestId = `r${this.requests}`;
    this.submit(random, host, changes, requestId, expectedIndex);
    const other = random.pick(this.running());
    if (other !== undefined && random.chance(0.15))
      this.submit(random, other, changes, requestId, expectedIndex);
    return true;
  }

  private submit(
    random: Random,
    host: Host,
    changes: readonly MemberChange[],
    requestId: string,
    expectedIndex: number | undefined,
  ): void {
    const { replica } = host;
    if (replica === undefined) return;
    this.invariants.touch(host, undefined);
    const timeoutMs = random.between(TIMEOUT_MS.low, TIMEOUT_MS.high);
    this.tried.set(requestId, (this.tried.get(requestId) ?? 0) + 1);
    this.open += 1;
    this.doubtUntil = Math.max(this.doubtUntil, this.world.now + timeoutMs + DOUBT_MS);
    this.world.covers(changes.length > 1 ? "change-joint" : `change-${changes[0]?.kind}`);
    const wanted = changes.map(({ kind, id }) => `${kind} ${id}`).join(" + ");
    this.world.say(
      () =>
        `operator: n${host.id} ${requestId}: ${wanted}${expectedIndex === undefined ? "" : ` if at ${expectedIndex}`}`,
    );
    const options = { requestId, timeoutMs, ...(expectedIndex === undefined ? {} : { expectedIndex }) };
    const gone = changes.find(({ id }) => this.invariants.removedAt(id) !== undefined);
    this.watch(
      replica.change(changes, options).then((outcome) => {
        this.open -= 1;
        this.world.say(() => `operator: n${host.id} ${requestId}: ${describeOutcome(outcome)}`);
        if (gone !== undefined && outcome.kind === "applied" && !outcome.changed)
          this.world.breaks(
            "nothing to do is said of what is in force",
            `${requestId} was called done already, and id ${gone.id} had been removed before it was asked`,
          );
        this.onOutcome(random, host, changes, outcome);
      }),
    );
  }

  private onOutcome(
    random: Random,
    host: Host,
    changes: readonly MemberChange[],
    outcome: ChangeOutcome,
  ): void {
    const { requestId } = outcome;
    // A node that was removed learns so from its peers, and publishes nothing any more.
    const publishes = host.replica?.node.standing.kind !== "removed";
    const appliedAt = this.invariants.appliedAt(requestId);
    if (outcome.kind === "applied") {
      this.changesApplied += 1;
      if (outcome.changed && appliedAt === undefined)
        this.world.breaks(
          "an acknowledged change is applied",
          `${requestId} was acknowledged at ${outcome.index}, and is applied nowhere`,
        );
      if (publishes && outcome.membership.committedIndex < outcome.index)
        this.world.breaks(
          "an acknowledged change is applied",
          `${requestId} was acknowledged at ${outcome.index} before ${outcome.membership.committedIndex} was published`,
        );
    } else if (outcome.kind === "refused") {
      if (this.tried.get(requestId) === 1) this.onRefused(requestId, outcome.refusal.code);
    } else if (random.chance(0.5)) this.settle(random, requestId, changes);
  }

  private onRefused(requestId: string, code: ChangeRefusal["code"]): void {
    this.refusedRequests.add(requestId);
    this.checkRefused(requestId);
    if (!REFUSES_ALL.has(code) && this.machines.underWay(requestId))
      this.world.breaks(
        "a refused request is not on its way",
        `${requestId} was refused, ${code}, while a copy of it is on its way to a leader that may take it`,
      );
  }

  private checkRefused(requestId: string): void {
    const at = this.invariants.appliedAt(requestId);
    if (at !== undefined)
      this.world.breaks("a refused request does nothing", `${requestId} was refused, and applied at ${at}`);
  }

  /** Closes a request whose outcome nobody saw: afterwards it is applied, or never will be. */
  private settle(random: Random, requestId: string, changes: readonly MemberChange[]): void {
    const host = this.anyone(random);
    if (host?.replica === undefined) return;
    this.world.covers("settle-request");
    this.watch(
      host.replica.settleRequest(requestId, 3000).then((outcome) => {
        if (outcome === undefined) return;
        const at = this.invariants.appliedAt(requestId);
        if (outcome.kind === "closed") {
          this.closedRequests.add(requestId);
          // A copy that comes late, or a client that does not know: it must not be taken any more.
          const other = this.anyone(random);
          const safe = [...this.machines.hosts.values()].every((one) => one.lasts);
          if (other !== undefined && safe) this.submit(random, other, changes, requestId, undefined);
        }
        if (outcome.kind === "applied" && at === undefined)
          this.world.breaks(
            "an acknowledged change is applied",
            `${requestId} was settled as applied, and is applied nowhere`,
          );
        if ((outcome.kind === "closed" || outcome.kind === "rejected") && at !== undefined)
          this.world.breaks(
            "a closed request does nothing",
            `${requestId} was settled as ${outcome.kind}, and applied at ${at}`,
          );
      }),
    );
  }

  /** Answers given earlier must still be true. */
  check(): void {
    for (const requestId of this.refusedRequests) this.checkRefused(requestId);
    for (const requestId of this.closedRequests) {
      const at = this.invariants.appliedAt(requestId);
      if (at !== undefined)
        this.world.breaks("a closed request does nothing", `${requestId} was closed, and applied at ${at}`);
    }
  }

  private survivable(config: ConfState, changes: readonly MemberChange[]): boolean {
    const lives = (id: NodeId): boolean => this.machines.hosts.get(id)?.lasts !== false;
    const singles = changes.map(({ kind, id }): ConfChangeSingle => ({ type: typeOf(kind), nodeId: id }));
    const joint = referenceChange(config, {
      transition: "auto",
      changes: singles,
      context: new Uint8Array(),
    });
    if (joint === undefined) return false;
    return agreesIn(config, lives) && agreesIn(joint, lives);
  }

  private chooseChanges(random: Random, config: ConfState): MemberChange[] {
    const several = random.chance(0.35) ? 2 + random.below(3) : 1;
    const changes: MemberChange[] = [];
    for (let i = 0; i < several; i += 1) {
      const change = this.chooseOne(random, config);
      if (change !== undefined && !changes.some(({ id }) => id === change.id)) changes.push(change);
    }
    return changes;
  }

  private chooseOne(random: Random, config: ConfState): MemberChange | undefined {
    const { voters, learners } = config;
    const lost = [...voters, ...learners].find((id) => this.machines.hosts.get(id)?.state === "ended");
    if (lost !== undefined && random.chance(0.5)) return { kind: "remove", id: lost };
    const dice = random.below(100);
    if (dice < 35) {
      const learner = random.pick(learners);
      if (learner !== undefined && voters.length < this.machines.votersMax)
        return { kind: "promote", id: learner };
    }
    if (dice < 55) return this.chooseAddition(config);
    if (dice < 62) return this.choosePastId(random);
    const voter = random.pick(voters);
    if (dice < 75 && voter !== undefined && voters.length > 2) return { kind: "demote", id: voter };
    if (dice < 90 && voter !== undefined && voters.length > 2) return { kind: "remove", id: voter };
    const learner = random.pick(learners);
    return learner === undefined ? undefined : { kind: dice < 95 ? "remove" : "promote", id: learner };
  }

  private chooseAddition(config: ConfState): MemberChange | undefined {
    const members = new Set([...config.voters, ...config.votersOutgoing, ...config.learners]);
    const waiting = [...this.machines.hosts.values()].find(
      (host) =>
        host.state === "up" &&
        !members.has(host.id) &&
        this.invariants.removedAt(host.id) === undefined &&
        host.replica?.node.standing.kind === "joining",
    );
    const host = waiting ?? this.machines.add();
    return host === undefined ? undefined : addition(host.id);
  }

  /** A careless operator wants an id back that was removed. */
  private choosePastId(random: Random): MemberChange | undefined {
    const past = [...this.machines.hosts.keys()].filter((id) => this.invariants.removedAt(id) !== undefined);
    const id = random.pick(past);
    if (id === undefined) return undefined;
    this.world.covers("retired-id-wanted");
    return addition(id);
  }

  transfer(random: Random): void {
    const host = this.anyone(random);
    if (host?.replica === undefined) return;
    const { confState } = host.replica.node.registry;
    const target = random.pick(confState.voters);
    if (target !== undefined) this.transferTo(host, target);
  }

  /** Leadership is to go to this node, by way of `host`. */
  transferTo(host: Host, target: NodeId): void {
    const { replica } = host;
    if (replica === undefined) return;
    this.invariants.touch(host, undefined);
    const joint = replica.node.registry.confState.votersOutgoing.length > 0;
    this.world.covers(joint ? "transfer-while-joint" : "transfer");
    this.world.say(() => `operator: n${host.id} transfers leadership to n${target}`);
    this.watch(replica.transfer(target, { timeoutMs: 3000 }).then(() => undefined));
  }
}

function addition(id: NodeId): MemberChange {
  return { kind: "add-learner", id, address: addressOf(id), name: `n${id}` };
}

function typeOf(kind: MemberChange["kind"]): ConfChangeSingle["type"] {
  if (kind === "promote") return "add-node";
  return kind === "remove" ? "remove-node" : "add-learner-node";
}

function describeOutcome(outcome: ChangeOutcome): string {
  if (outcome.kind === "applied") return `applied at ${outcome.index}`;
  return outcome.kind === "refused" ? `refused, ${outcome.refusal.code}` : "unknown";
}
