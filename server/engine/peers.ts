import type { NodeId } from "../raft/types";
import type { PeerIdentity, PeerVerdict, Transport } from "../transport/types";
import type { DirectoryBinding } from "./directory_binding";
import type { Node } from "./node";
import type { NodePorts } from "./node_ports";

interface PeersOptions {
  readonly id: NodeId;
  /** Peers to meet while the registry is still empty. */
  readonly contacts: ReadonlyMap<NodeId, string>;
}

/** Whom this node keeps connections to, and whom it accepts. */
export class Peers {
  private readonly options: PeersOptions;
  private readonly node: Node;
  private readonly directories: DirectoryBinding;
  private readonly transport: Transport;
  private readonly log: NodePorts["log"];
  /** Members that this node's log does not name yet, as after missing their addition: without an answer they could not lead it. */
  private readonly unknownMembers = new Set<NodeId>();
  /** Why each peer that refuses this node does so. */
  private readonly refusing = new Map<NodeId, string>();
  private addresses: ReadonlyMap<NodeId, string> = new Map();

  constructor(
    options: PeersOptions,
    node: Node,
    directories: DirectoryBinding,
    transport: Transport,
    log: NodePorts["log"],
  ) {
    this.options = options;
    this.node = node;
    this.directories = directories;
    this.transport = transport;
    this.log = log;
  }

  /** Every peer's id. */
  get ids(): Iterable<NodeId> {
    return this.addresses.keys();
  }

  /** Connects to whom the registry names now, and to nobody else. */
  update(): void {
    const { registry } = this.node;
    const peers = new Map<NodeId, string>();
    for (const member of registry.members()) peers.set(member.id, member.address);
    if (peers.size === 0 || this.node.standing.kind === "joining") {
      for (const [id, address] of this.options.contacts) if (!peers.has(id)) peers.set(id, address);
    }
    peers.delete(this.options.id);
    for (const [id, address] of peers) if (address === "") peers.delete(id);
    for (const id of this.unknownMembers) {
      const address = this.directories.hello(id)?.address;
      if (registry.member(id) !== undefined || address === undefined || registry.retiredAt(id) !== undefined)
        this.unknownMembers.delete(id);
      else peers.set(id, address);
    }
    this.addresses = peers;
    this.transport.setPeers(peers);
  }

  /** A node that failed must not be taken for a healthy one because its process still answers. */
  leave(): void {
    this.addresses = new Map();
    this.transport.setPeers(this.addresses);
  }

  /** A message came from this peer. Whether it is one to answer that no record names yet: then `update` connects to it. */
  meets(from: NodeId): boolean {
    if (this.unknownMembers.has(from) || this.node.registry.member(from) !== undefined) return false;
    if (this.directories.hello(from) === undefined) return false;
    this.unknownMembers.add(from);
    return true;
  }

  judge(peer: PeerIdentity): PeerVerdict {
    const { registry, standing } = this.node;
    const index = registry.retiredAt(peer.nodeId);
    if (index !== undefined) return { kind: "removed", index, by: registry.requestAt(index) };
    if (standing.kind === "failed") return { kind: "refuse", reason: "it has failed and takes part no more" };
    const bound = registry.member(peer.nodeId)?.uuid ?? "";
    if (bound === "" || bound === peer.uuid) return { kind: "accept" };
    return { kind: "refuse", reason: `id ${peer.nodeId} belongs to another data directory` };
  }

  /** A peer that refuses is dialled again and again; its reason is logged once. */
  noteRefusal(from: NodeId, reason: string): void {
    if (this.refusing.get(from) === reason) return;
    this.refusing.set(from, reason);
    this.log("warn", `n${from} refuses this node: ${reason}`);
  }
}
