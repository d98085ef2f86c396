import { decodeConfChange, isMalformed } from "../../server/raft/codec";
import type { ConfChangeV2, NodeId, RaftStatus } from "../../server/raft/types";
import type { Host } from "../host";
import type { Place } from "../ledger";
import { samePlace } from "../ledger";
import { agreesIn, configurationLine } from "../reference_configuration";
import type { World } from "../world";
import type { View } from "./view";

/** A committed entry, as first seen. */
export interface Committed {
  readonly place: Place;
  /** Term of the leader that committed it. */
  readonly term: number;
  readonly change: ConfChangeV2 | undefined;
}

/** What was committed anywhere, and by which right (figure 3.2: leader completeness, state-machine safety). */
export class Commits {
  private readonly world: World;
  private readonly hosts: ReadonlyMap<NodeId, Host>;
  private readonly byIndex: (Committed | undefined)[] = [];
  /** The highest index that is committed. */
  max = 1;

  constructor(world: World, hosts: ReadonlyMap<NodeId, Host>) {
    this.world = world;
    this.hosts = hosts;
  }

  /** The committed entry at an index; undefined: none was seen to be committed there. */
  at(index: number): Committed | undefined {
    return this.byIndex[index];
  }

  /** The committed change at an index; also one that the host applies in the event that commits it. */
  changeAt(host: Host, index: number): ConfChangeV2 | undefined {
    const committed = this.byIndex[index];
    if (committed !== undefined) return committed.change;
    const place = host.ledger.accepted.at(index);
    if (place === undefined || place.type === "normal") return undefined;
    const change = decodeConfChange(place.data);
    return isMalformed(change) ? undefined : change;
  }

  /** An entry that a node holds: a leader of a later term must not have another one where something is committed. */
  checkPlace(host: Host, place: Place): void {
    const committed = this.byIndex[place.index];
    if (committed !== undefined && !samePlace(committed.place, place) && place.term > committed.term)
      this.world.breaks(
        "leader completeness",
        `n${host.id} overwrites committed entry ${place.index} of term ${committed.place.term} in term ${place.term}`,
      );
  }

  /** A node became leader: its log must hold everything that earlier leaders committed. */
  checkLeader(host: Host, term: number): void {
    const log = host.ledger.accepted;
    for (let index = this.max; index > log.base.index; index -= 1) {
      const committed = this.byIndex[index];
      if (committed !== undefined && committed.term < term && !log.holds(committed.place))
        this.world.breaks(
          "leader completeness",
          `n${host.id} leads term ${term} without committed entry ${index} of term ${committed.place.term}`,
        );
    }
  }

  /** A node's commit index moved on. */
  checkCommits(host: Host, view: View, status: RaftStatus): void {
    const { commit, term } = status.hardState;
    const log = host.ledger.accepted;
    for (let index = Math.max(view.commit, log.base.index) + 1; index <= commit; index += 1) {
      const place = log.at(index);
      if (place === undefined) {
        this.world.breaks(
          "committed entries are in the log",
          `n${host.id} commits ${commit}, its log ends at ${log.lastIndex}`,
        );
        return;
      }
      const known = this.byIndex[index];
      if (known === undefined) this.onCommitted(host, view, place, term);
      else if (!samePlace(known.place, place))
        this.world.breaks(
          "state-machine safety",
          `n${host.id} commits entry ${index} of term ${place.term}, another node committed one of term ${known.place.term}`,
        );
    }
    if (commit <= this.max) return;
    if (log.base.index >= commit) return;
    // Dissertation 3.6.2: only entries of the leader's own term are committed by counting.
    if (log.termAt(commit) !== term)
      this.world.breaks(
        "only entries of the own term are committed by counting",
        `n${host.id} in term ${term} commits ${commit} of term ${log.termAt(commit)}`,
      );
    this.max = commit;
  }

  /** Committed for the first time anywhere: a quorum of each half must hold it durably. */
  private onCommitted(host: Host, view: View, place: Place, term: number): void {
    const decoded = place.type === "normal" ? undefined : decodeConfChange(place.data);
    const change = decoded === undefined || isMalformed(decoded) ? undefined : decoded;
    this.byIndex[place.index] = { place, term, change };
    const holds = (id: NodeId): boolean => this.hosts.get(id)?.ledger.durable.holds(place) ?? false;
    if (view.configs.some((config) => agreesIn(config, holds))) return;
    const holders = [...this.hosts.keys()].filter(holds);
    this.world.breaks(
      "a commit is durable on a quorum",
      `n${host.id} commits ${place.index} of term ${place.term} in ${view.configs.map(configurationLine).join(" or ")}; durable on ${holders.join(",")}`,
    );
  }
}
