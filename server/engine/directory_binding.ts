import type { NodeId } from "../raft/types";
import type { PeerIdentity } from "../transport/types";
import type { Node } from "./node";
import type { RunCommand } from "./payload";

/** Ticks between two looks for learners whose id is not bound to a directory yet. */
const LOOK_TICKS = 10;
/** Peers whose directory is remembered. */
const DIRECTORIES_MAX = 1024;
/** How long recording one may take (ms). */
const BIND_MS = 10_000;

/**
 * Binds a learner's id to the data directory that first said hello under it. The hello may have come before the learner was
 * proposed, so the leader looks again and again.
 */
export class DirectoryBinding {
  private readonly heard = new Map<NodeId, PeerIdentity>();
  private readonly underWay = new Set<NodeId>();
  private ticks = 0;
  private readonly node: Node;
  private readonly command: RunCommand;

  constructor(node: Node, command: RunCommand) {
    this.node = node;
    this.command = command;
  }

  onPeer(peer: PeerIdentity): void {
    this.heard.delete(peer.nodeId);
    this.heard.set(peer.nodeId, peer);
    const oldest = this.heard.keys().next();
    if (this.heard.size > DIRECTORIES_MAX && oldest.done !== true) this.heard.delete(oldest.value);
  }

  /** What this peer last said of itself. */
  hello(id: NodeId): PeerIdentity | undefined {
    return this.heard.get(id);
  }

  tick(): void {
    this.ticks += 1;
    if (this.ticks % LOOK_TICKS !== 0 || !this.node.leadsWithOwnTerm) return;
    for (const { id, uuid } of this.node.registry.members()) {
      const heard = this.heard.get(id)?.uuid;
      if (uuid !== "" || heard === undefined || this.underWay.has(id)) continue;
      this.underWay.add(id);
      void this.command({ kind: "bind", id, uuid: heard }, BIND_MS).then(() => this.underWay.delete(id));
    }
  }
}
