import type { Message, NodeId, RaftStatus } from "../../server/raft/types";
import { NONE } from "../../server/raft/types";
import { WireReader } from "../../server/raft/wire_reader";
import type { Host } from "../host";
import { agreesIn, configurationLine } from "../reference_configuration";
import type { World } from "../world";
import type { Commits } from "./commits";
import { isVoter, type View } from "./view";

/** A peer counts as in contact if it was heard from this lately (ms). */
const CONTACT_MS = 500;

/** Terms, votes and leaders (figure 3.2: election safety; dissertation 4.2.3: who may depose whom). */
export class Elections {
  private readonly world: World;
  private readonly commits: Commits;
  /** When an id was removed; undefined: it was not. */
  private readonly removedAt: (id: NodeId) => number | undefined;
  private readonly leaders = new Map<number, NodeId>();
  /** Who voted for whom: by node, then by term. */
  private readonly votes = new Map<NodeId, Map<number, NodeId>>();
  /** The end of the log that a candidate named, by term * 65536 + id. */
  private readonly campaigns = new Map<number, { readonly index: number; readonly term: number }>();

  constructor(world: World, commits: Commits, removedAt: (id: NodeId) => number | undefined) {
    this.world = world;
    this.commits = commits;
    this.removedAt = removedAt;
  }

  /** At most one leader a term. */
  onLeader(term: number, id: NodeId): void {
    const known = this.leaders.get(term);
    if (known === undefined) this.leaders.set(term, id);
    else if (known !== id)
      this.world.breaks("one leader per term", `n${known} and n${id} both lead term ${term}`);
  }

  onCampaign(host: Host, message: Message): void {
    const { term, index, logTerm } = message;
    if (message.type === "vote") {
      this.campaigns.set(term * 65_536 + host.id, { index, term: logTerm });
      this.checkOwnVote(host, message);
    }
    const config = host.replica?.node.raft.status().confState;
    if (config === undefined || isVoter(config, host.id)) return;
    this.world.breaks(
      "only voters campaign",
      `n${host.id} sends ${message.type} but its configuration is ${configurationLine(config)}`,
    );
  }

  /** Who asks for votes has given its own: a crash must not let it ask twice in a term. */
  private checkOwnVote(host: Host, message: Message): void {
    const { term, vote } = host.ledger.durable.hardState;
    if (term < message.term || (term === message.term && vote !== host.id))
      this.world.breaks(
        "nothing is promised before it is durable",
        `n${host.id} asks for votes in term ${message.term}, but term ${term} and vote ${vote} are durable`,
      );
  }

  /** A vote is given once a term, also across a crash, and leaves only when it is durable. */
  onVote(host: Host, message: Message): void {
    this.noteVote(host.id, message.term, message.to);
    this.checkUpToDate(host, message);
    const { term, vote } = host.ledger.durable.hardState;
    if (term < message.term || (term === message.term && vote !== message.to))
      this.world.breaks(
        "nothing is promised before it is durable",
        `n${host.id} votes for n${message.to} in term ${message.term}, but term ${term} and vote ${vote} are durable`,
      );
  }

  /** Nobody votes for a candidate whose log is behind (dissertation 3.6.1). */
  private checkUpToDate(host: Host, message: Message): void {
    const { term, to } = message;
    const last = this.campaigns.get(term * 65_536 + to);
    const { accepted } = host.ledger;
    const ours = accepted.termAt(accepted.lastIndex);
    // In a later term, or once somebody leads this one, the voter may have got entries between granting and answering.
    const moved = this.leaders.has(term) || host.replica?.node.raft.status().hardState.term !== term;
    if (last === undefined || ours === undefined || moved) return;
    if (last.term > ours || (last.term === ours && last.index >= accepted.lastIndex)) return;
    this.world.breaks(
      "a vote goes to a log that is not behind",
      `n${host.id} votes for n${to}, whose log ends at ${last.index} of term ${last.term}; its own at ${accepted.lastIndex} of term ${ours}`,
    );
  }

  /**
   * Whoever grants a vote or a pre-vote says what it knows to be committed: a candidate whose configuration is gone would otherwise
   * wait for ever for those who left it.
   */
  onGranted(host: Host, message: Message): void {
    const commit = host.replica?.node.raft.status().hardState.commit ?? 0;
    const reader = new WireReader(message.context ?? new Uint8Array(0));
    const said = { term: reader.varint(), index: reader.varint() };
    const known = this.commits.at(said.index);
    const wrong = said.index > commit || (known !== undefined && known.place.term !== said.term);
    if (reader.fault !== undefined || wrong)
      this.world.breaks(
        "a granted vote says what is committed",
        `n${host.id} grants n${message.to} its ${message.type} in term ${message.term}; ${wrong ? `it says ${said.index} of term ${said.term}` : "it does not say"}, ${commit} is committed`,
      );
  }

  private noteVote(id: NodeId, term: number, vote: NodeId): void {
    let byTerm = this.votes.get(id);
    if (byTerm === undefined) {
      byTerm = new Map();
      this.votes.set(id, byTerm);
    }
    const known = byTerm.get(term);
    if (known === undefined) byTerm.set(term, vote);
    else if (known !== vote)
      this.world.breaks("one vote per term", `n${id} voted for n${known} and for n${vote} in term ${term}`);
  }

  /** The term and vote that a node has now, against those it had before. */
  checkTerm(host: Host, view: View, status: RaftStatus): void {
    const { term, vote } = status.hardState;
    if (term < view.term)
      this.world.breaks("terms do not go back", `n${host.id} goes from term ${view.term} to ${term}`);
    if (term > view.term) {
      if (view.role === "leader" && !view.transferring) this.checkDeposed(host, view, term);
      view.transferring = false;
    }
    if (status.leadTransferee !== NONE) view.transferring = true;
    if (term === view.votedTerm && view.vote !== NONE && vote !== view.vote)
      this.world.breaks(
        "one vote per term",
        `n${host.id} changes its vote in term ${term} from n${view.vote} to n${vote}`,
      );
  }

  private checkDeposed(host: Host, view: View, term: number): void {
    const by = view.by?.id;
    // Where somebody leads the term, voters have entered it before, and the removed node only passes on what they decided.
    if (this.leaders.has(term)) return;
    if (by === undefined || this.removedAt(by) === undefined || isVoter(view.config, by)) return;
    const { now } = this.world;
    const inContact = agreesIn(
      view.config,
      (id) => id === host.id || now - (host.heard.get(id) ?? -CONTACT_MS) < CONTACT_MS,
    );
    if (inContact)
      this.world.breaks(
        "a removed node deposes nobody",
        `n${by}, removed, raised the term of leader n${host.id} from ${view.term} to ${term}`,
      );
  }

  /** A node became leader. */
  checkLeader(host: Host, view: View, status: RaftStatus): void {
    const { term } = status.hardState;
    this.world.covers("leader-elected");
    this.onLeader(term, host.id);
    const supports = (id: NodeId): boolean => {
      if (id === host.id) return true;
      return this.votes.get(id)?.get(term) === host.id;
    };
    if (!view.configs.some((config) => agreesIn(config, supports)))
      this.world.breaks(
        "a leader has the votes of a quorum",
        `n${host.id} leads term ${term} in ${view.configs.map(configurationLine).join(" or ")}`,
      );
    if (!isVoter(status.confState, host.id) && !view.configs.some((config) => isVoter(config, host.id)))
      this.world.breaks(
        "only voters lead",
        `n${host.id} leads term ${term} in ${configurationLine(status.confState)}`,
      );
    this.noteVote(host.id, term, host.id);
  }
}
