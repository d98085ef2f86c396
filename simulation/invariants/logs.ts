import { decodeConfChange, isMalformed } from "../../server/raft/codec";
import type { Message, NodeId, RaftStatus } from "../../server/raft/types";
import type { LogWrite } from "../../server/storage";
import type { Host } from "../host";
import { type LogModel, type Place, samePlace } from "../ledger";
import { configurationLine } from "../reference_configuration";
import type { World } from "../world";
import type { Commits } from "./commits";

/** An entry that was ever in a log, and the term of the entry before it. */
interface KnownPlace {
  readonly place: Place;
  readonly previous: number | undefined;
}

/** What a leader's log held when it was elected; during its term it only grows (figure 3.2, leader append-only). */
interface LeaderLog {
  readonly id: NodeId;
  readonly log: LogModel;
}

/** Logs against each other, against the disk, and against what is said of them. */
export class Logs {
  private readonly world: World;
  private readonly commits: Commits;
  /** Every entry that was ever in a log: by index, then by term. */
  private readonly places: Map<number, KnownPlace>[] = [];
  private readonly leaderLogs = new Map<number, LeaderLog>();

  constructor(world: World, commits: Commits) {
    this.world = world;
    this.commits = commits;
  }

  onLeader(host: Host, term: number): void {
    this.leaderLogs.set(term, { id: host.id, log: host.ledger.accepted.copy() });
  }

  /** The storage of a node was handed a write, whose first entry takes the place of `replaced` and of all after it. */
  onWrite(host: Host, write: LogWrite, replaced: Place | undefined): void {
    const { accepted } = host.ledger;
    if (replaced !== undefined) this.world.covers("tail-overwritten");
    const first = replaced && accepted.at(replaced.index);
    if (first !== undefined && replaced !== undefined && samePlace(first, replaced))
      this.world.breaks(
        "only what differs is overwritten",
        `n${host.id} writes entry ${first.index} of term ${first.term} again and cuts what follows it`,
      );
    for (const { index } of write.entries) {
      const place = accepted.at(index);
      if (place !== undefined) this.onPlace(host, accepted, place, accepted.termAt(index - 1));
    }
  }

  private onPlace(host: Host, log: LogModel, place: Place, previous: number | undefined): void {
    let terms = this.places[place.index];
    if (terms === undefined) {
      terms = new Map();
      this.places[place.index] = terms;
    }
    const known = terms.get(place.term);
    if (known === undefined) {
      terms.set(place.term, { place, previous });
      if (place.type !== "normal") this.onConfigurationAppended(host, log, place);
    } else if (
      !samePlace(known.place, place) ||
      (previous !== undefined && known.previous !== undefined && previous !== known.previous)
    )
      this.world.breaks(
        "log matching",
        `n${host.id} holds another entry ${place.index} of term ${place.term} than another node, or another one before it`,
      );
    this.commits.checkPlace(host, place);
  }

  /** The one who appends it first is its leader: no other configuration entry may stand above what it has applied. */
  private onConfigurationAppended(host: Host, log: LogModel, place: Place): void {
    const { replica } = host;
    if (replica === undefined) return;
    const { appliedIndex, registry } = replica.node;
    for (let index = appliedIndex + 1; index < place.index; index += 1) {
      const other = log.at(index);
      if (other !== undefined && other.type !== "normal")
        this.world.breaks(
          "one configuration change at a time",
          `n${host.id} appends a configuration entry at ${place.index} while ${index} is not applied (${appliedIndex} is)`,
        );
    }
    const change = decodeConfChange(place.data);
    if (isMalformed(change))
      this.world.breaks("entries survive their codec", `configuration entry ${place.index}`);
    else if (change.changes.length === 0 && registry.confState.votersOutgoing.length === 0)
      this.world.breaks(
        "a joint configuration is left once, after its entry is committed",
        `n${host.id} appends a leave at ${place.index} while its configuration is ${configurationLine(registry.confState)}`,
      );
  }

  /** An acknowledgement leaves a node: everything up to its index must be durable there, and the leader's. */
  checkAcknowledgement(host: Host, message: Message): void {
    const { durable } = host.ledger;
    const { term, index, to } = message;
    if (durable.hardState.term < term)
      this.world.breaks(
        "nothing is promised before it is durable",
        `n${host.id} acknowledges in term ${term}, but only term ${durable.hardState.term} is durable`,
      );
    if (index === 0) return;
    if (durable.lastIndex < index)
      this.world.breaks(
        "nothing is promised before it is durable",
        `n${host.id} acknowledges entry ${index}, but only ${durable.lastIndex} are durable`,
      );
    const leader = this.leaderLogs.get(term);
    const own = durable.at(index);
    // Of what a snapshot covers the entries are not kept; it is committed, and looked at as such.
    if (leader === undefined || leader.id !== to || own === undefined || index <= leader.log.base.index)
      return;
    const theirs = leader.log.at(index) ?? this.places[index]?.get(term)?.place;
    if (theirs === undefined || !samePlace(own, theirs))
      this.world.breaks(
        "an acknowledged entry is the leader's",
        `n${host.id} acknowledges entry ${index} to n${to}, leader of term ${term}, and holds one of term ${own.term}; the leader ${theirs === undefined ? "has none" : `has one of term ${theirs.term}`}`,
      );
  }

  /** What the core takes for stable is on the disk, and is what its log holds there now. */
  checkStable(host: Host, { stableIndex }: RaftStatus): void {
    const { durable, accepted } = host.ledger;
    // While a snapshot is installed the core counts on it, and hands out nothing.
    if (accepted.base.index > durable.base.index) return;
    const own = accepted.at(stableIndex);
    if (own === undefined) return;
    const kept = durable.at(stableIndex);
    if (kept === undefined || !samePlace(own, kept))
      this.world.breaks(
        "what counts as stable is durable",
        `n${host.id} takes its log for stable up to ${stableIndex} of term ${own.term}; ${kept === undefined ? `durable are ${durable.lastIndex}` : `durable there is one of term ${kept.term}`}`,
      );
  }

  /** A whole log: the core's memory against the disk's promises, and every entry against those of the others. */
  scan(host: Host, commit: number): void {
    this.scanMemory(host);
    const { accepted } = host.ledger;
    for (let index = accepted.base.index + 1; index <= accepted.lastIndex; index += 1) {
      const place = accepted.at(index);
      if (place === undefined) continue;
      const known = this.places[index]?.get(place.term);
      const committed = index > commit ? undefined : this.commits.at(index);
      if (known !== undefined && !samePlace(known.place, place)) this.differs(host, index);
      if (committed !== undefined && !samePlace(committed.place, place)) this.differs(host, index);
    }
  }

  private differs(host: Host, index: number): void {
    this.world.breaks("log matching", `n${host.id} holds another entry ${index} than another node`);
  }

  private scanMemory(host: Host): void {
    const { durable } = host.ledger;
    const log = host.replica?.node.log;
    if (log === undefined) return;
    for (let index = log.firstIndex(); index <= log.lastIndex(); index += 1) {
      const place = durable.at(index);
      if (place !== undefined && log.term(index) !== place.term)
        this.world.breaks(
          "memory equals disk",
          `n${host.id} has term ${log.term(index)} at ${index}, durable is ${place.term}`,
        );
    }
    if (log.lastIndex() !== durable.lastIndex)
      this.world.breaks(
        "memory equals disk",
        `n${host.id} ends at ${log.lastIndex()}, durable at ${durable.lastIndex}`,
      );
  }
}
