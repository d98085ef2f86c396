import { randomUUID } from "node:crypto";
import type { EngineStatus, MemberChange } from "../server/engine/types";
import type { Cluster, TorturedNode } from "./cluster";
import type { Ledger, SentChange } from "./ledger";
import type { Random } from "./random";

const TIMEOUT_MS = 2000;
const MEMBERS_MIN = 3;
const MEMBERS_MAX = 5;
const PAUSE_MS_MIN = 20;
const PAUSE_MS_MAX = 250;

/** Changes the membership again and again, by real joins and removals between three and five nodes, while faults go on. */
export class MembershipChurn {
  readonly counts = {
    applied: 0,
    refused: 0,
    unknown: 0,
    settled: 0,
    joins: 0,
    removals: 0,
    joint: 0,
    transfers: 0,
  };
  private running = true;
  private readonly done: Promise<void>;
  private readonly cluster: Cluster;
  private readonly ledger: Ledger;
  private readonly random: Random;
  /** Ids that were allocated and proposed as learners, with their addresses, until they have a directory. */
  private readonly unborn = new Set<number>();

  constructor(cluster: Cluster, ledger: Ledger, random: Random) {
    this.cluster = cluster;
    this.ledger = ledger;
    this.random = random;
    this.done = this.run();
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.done;
  }

  private async run(): Promise<void> {
    while (this.running) {
      const node = this.random.pick(this.cluster.awake());
      const status = await node?.process?.ask({ op: "status" });
      if (node !== undefined && status !== undefined) await this.step(node, status);
      const pause = this.random.between(PAUSE_MS_MIN, PAUSE_MS_MAX);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  private async step(via: TorturedNode, status: EngineStatus): Promise<void> {
    const { members, learners } = status.membership;
    const size = members.length + learners.length;
    const born = learners.filter((id) => this.cluster.nodes.has(id));
    const choice = this.random.weighted({
      grow: 3,
      promote: 4,
      remove: 3,
      joint: 2,
      demote: 1,
      transfer: 1,
      settle: 2,
    });
    const learner = this.random.pick(born);
    const voter = this.random.pick(members);
    if (voter === undefined) return;
    if (choice === "settle") return this.settleOne(via);
    if (choice === "transfer") return this.transfer(via, voter);
    if (choice === "grow") return size < MEMBERS_MAX ? this.grow(via) : undefined;
    if (choice === "promote" && learner !== undefined)
      return void (await this.change(via, [{ kind: "promote", id: learner }]));
    if (choice === "demote" && members.length > MEMBERS_MIN)
      return void (await this.change(via, [{ kind: "demote", id: voter }]));
    if (choice === "joint" && learner !== undefined) {
      const other: MemberChange =
        members.length > MEMBERS_MIN && this.random.chance(0.5)
          ? { kind: "remove", id: voter }
          : { kind: "demote", id: voter };
      const outcome = await this.change(via, [{ kind: "promote", id: learner }, other]);
      if (outcome === "applied") this.counts.joint += 1;
      return;
    }
    if (choice === "remove" && size > MEMBERS_MIN) {
      const victim =
        members.length > MEMBERS_MIN
          ? this.random.pick([...members, ...learners])
          : this.random.pick(learners);
      if (victim === undefined) return;
      const outcome = await this.change(via, [{ kind: "remove", id: victim }]);
      if (outcome === "applied") this.counts.removals += 1;
    }
  }

  /** A new id, a learner in the configuration, a token, a directory, a process. What is not finished goes on at the next call. */
  private async grow(via: TorturedNode): Promise<void> {
    const { cluster } = this;
    let id = this.random.pick([...this.unborn]);
    if (id === undefined) {
      id = (await via.process?.ask({ op: "allocate", timeoutMs: TIMEOUT_MS }))?.id;
      if (id === undefined) return;
      const address = await cluster.freeAddress();
      const outcome = await this.change(via, [{ kind: "add-learner", id, address, name: `n${id}` }]);
      if (outcome === "applied" || outcome === "unknown") this.unborn.add(id);
      if (outcome !== "applied") return;
    }
    const status = await via.process?.ask({ op: "status" });
    if (status === undefined) return;
    if (!status.membership.learners.includes(id)) {
      // In doubt, or removed again before it was born; an applied one shows up at the latest by the next calls.
      if (this.ledger.changes.every((change) => change.outcome !== "unknown")) this.unborn.delete(id);
      return;
    }
    const token = (await via.process?.ask({ op: "token", id, timeoutMs: TIMEOUT_MS }))?.token;
    const contact = status.members.find((member) => member.id === via.id)?.address;
    if (token === undefined || contact === undefined) return;
    if ((await cluster.join(id, contact, token)) !== undefined) return;
    this.unborn.delete(id);
    this.counts.joins += 1;
    const node = cluster.nodes.get(id);
    if (node !== undefined) await cluster.start(node);
  }

  private async transfer(via: TorturedNode, target: number): Promise<void> {
    const outcome = await via.process?.ask({ op: "transfer", target, timeoutMs: TIMEOUT_MS });
    if (outcome?.kind === "applied") this.counts.transfers += 1;
  }

  private async change(via: TorturedNode, changes: readonly MemberChange[]): Promise<SentChange["outcome"]> {
    const requestId = randomUUID();
    const what = `${changes.map(({ kind, id }) => `${kind} ${id}`).join(" + ")} (${requestId})`;
    const options = { requestId, actor: "torture", timeoutMs: TIMEOUT_MS };
    const answer = await via.process?.ask({ op: "change", changes, options });
    const outcome = answer?.kind ?? "unknown";
    const index = answer?.kind === "applied" ? answer.index : 0;
    this.ledger.changes.push({ requestId, what, outcome, index });
    this.counts[outcome] += 1;
    if (outcome === "applied") {
      for (const { kind, id } of changes) {
        const removed = kind === "remove" ? this.cluster.nodes.get(id) : undefined;
        if (removed !== undefined) removed.retired = true;
      }
    }
    return outcome;
  }

  /** Settles one change whose outcome is not known. */
  private async settleOne(via: TorturedNode): Promise<void> {
    const open = this.ledger.changes.find((change) => change.outcome === "unknown");
    if (open !== undefined) await this.settle(via, open);
  }

  /** Settles all that are in doubt; for the end, when the cluster is sound. False: one could not be. */
  async settleAll(via: TorturedNode): Promise<boolean> {
    for (const change of this.ledger.changes) {
      if (change.outcome === "unknown" && !(await this.settle(via, change))) return false;
    }
    return true;
  }

  private async settle(via: TorturedNode, change: SentChange): Promise<boolean> {
    const { requestId } = change;
    const outcome = await via.process?.ask({ op: "settle", requestId, timeoutMs: TIMEOUT_MS });
    if (outcome === undefined || outcome.kind === "unknown") return false;
    change.outcome = outcome.kind;
    this.counts.settled += 1;
    return true;
  }
}
