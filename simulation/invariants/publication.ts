import type { ConfState, NodeId } from "../../server/raft/types";
import type { Host } from "../host";
import type { World } from "../world";
import type { Configurations } from "./configurations";
import type { View } from "./view";

/** What watchers of the membership see. */
export class Publication {
  private readonly world: World;
  private readonly configurations: Configurations;
  /** Memberships by the index of their configuration. */
  private readonly memberships = new Map<number, string>();

  constructor(world: World, configurations: Configurations, first: ConfState) {
    this.world = world;
    this.configurations = configurations;
    this.memberships.set(1, membershipLine(first.voters, []));
  }

  check(host: Host, view: View): void {
    const snapshot = host.watcher?.borrow();
    if (snapshot === undefined || (snapshot.committedIndex === view.published && !view.jumped)) return;
    const { committedIndex, members, learners } = snapshot;
    if (committedIndex < view.published)
      this.world.breaks(
        "watchers see increasing indexes",
        `n${host.id} publishes ${committedIndex} after ${view.published}`,
      );
    view.published = committedIndex;
    if (committedIndex === 0) return;
    this.checkAgreement(host, committedIndex, membershipLine(members, learners));
    const { durable } = host.ledger;
    if (Math.max(durable.hardState.commit, durable.base.index) < committedIndex)
      this.world.breaks(
        "nothing is published before its commit is durable",
        `n${host.id} publishes ${committedIndex}, commit ${durable.hardState.commit} is durable`,
      );
  }

  private checkAgreement(host: Host, index: number, line: string): void {
    const known = this.memberships.get(index);
    if (known === undefined) this.memberships.set(index, line);
    else if (known !== line)
      this.world.breaks("watchers agree", `n${host.id} publishes ${line} at ${index}, another node ${known}`);
    const config = this.configurations.at(index);
    const expected =
      config &&
      membershipLine(
        [...new Set([...config.voters, ...config.votersOutgoing])].sort((a, b) => a - b),
        config.learners,
      );
    if (expected !== line)
      this.world.breaks(
        "watchers agree",
        `n${host.id} publishes ${line} at ${index}, the configuration there is ${expected}`,
      );
  }
}

function membershipLine(members: readonly NodeId[], learners: readonly NodeId[]): string {
  return `${members.join(",")}|${learners.join(",")}`;
}
