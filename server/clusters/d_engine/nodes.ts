import { nodeAddress } from "./address";
import type { LeaderClaim, LeaderWord } from "./leadership";
import { type Metadata, NodeLink, type NodeLinkOptions, type NodeRecord } from "./node_link";
import type { NodeView } from "./node_views";
import { HEALTHY_WITHIN_MS, NODES_MAX } from "./options";

export interface NodesOptions extends Pick<NodeLinkOptions, "secure" | "tls" | "timers" | "random"> {
  /** Addresses of the nodes known from the start. */
  readonly seeds: readonly string[];
  /** A frame of the membership stream of the node at `address`. */
  readonly viewed: (address: string, view: NodeView) => void;
  /** Something about a node was learned. */
  readonly changed: () => void;
}

/** The nodes of one cluster: those it was given, and those they tell of. Every one is dialled by itself. */
export class Nodes {
  private readonly options: NodesOptions;
  private readonly links = new Map<string, NodeLink>();
  private closed = false;

  constructor(options: NodesOptions) {
    this.options = options;
    for (const address of options.seeds) this.dial(address);
  }

  get all(): readonly NodeLink[] {
    return [...this.links.values()];
  }

  /** The link to a node; undefined while its address is not known, or it is none that can be dialled. */
  byId(id: number): NodeLink | undefined {
    return this.all.find((link) => link.id === id);
  }

  /** What the leader tells of the nodes, or whoever told it last. */
  get metadata(): Metadata | undefined {
    return this.byTrust()[0]?.metadata;
  }

  /** Address of every node that anybody knows, the leader's word first. */
  records(): ReadonlyMap<number, NodeRecord> {
    const records = new Map<number, NodeRecord>();
    for (const { metadata } of this.byTrust()) {
      for (const node of metadata?.nodes ?? []) if (!records.has(node.id)) records.set(node.id, node);
    }
    return records;
  }

  /** Whom the answering nodes among `voters` take for leader. */
  words(voters: ReadonlySet<number>): LeaderWord[] {
    return this.all.flatMap((link) => {
      if (link.id === undefined || !voters.has(link.id) || !this.isAnswering(link)) return [];
      return [{ voter: link.id, leader: link.metadata?.leader }];
    });
  }

  /** Nodes that said lately that they lead. */
  claims(): LeaderClaim[] {
    const { timers } = this.options;
    return this.all.flatMap(({ id, claim }) => {
      if (id === undefined || claim === undefined || timers.now() - claim.at > HEALTHY_WITHIN_MS) return [];
      return [{ leader: id, term: claim.term }];
    });
  }

  /** Whether a node answered lately as one that takes part. */
  isAnswering({ answeredAt }: NodeLink): boolean {
    return answeredAt !== undefined && this.options.timers.now() - answeredAt <= HEALTHY_WITHIN_MS;
  }

  /** Whether the node at `address` can be heard now. */
  isPresent(address: string): boolean {
    const link = this.links.get(address);
    return link !== undefined && this.isAnswering(link);
  }

  close(): void {
    this.closed = true;
    for (const link of this.links.values()) link.close();
  }

  private dial(address: string): void {
    if (this.closed || this.links.has(address) || this.links.size >= NODES_MAX) return;
    const { secure, tls, timers, random, viewed, changed } = this.options;
    const heard = (view: NodeView) => viewed(address, view);
    const learned = () => {
      this.takeStock();
      changed();
    };
    this.links.set(
      address,
      new NodeLink({ address, secure, tls, timers, random, viewed: heard, changed: learned }),
    );
  }

  /** Names the nodes that are dialled, dials those that are new, and gives up those that nobody tells of any more. */
  private takeStock(): void {
    if (this.closed) return;
    const told = new Map<string, number>();
    for (const { id, address } of this.records().values()) {
      const dialled = nodeAddress(address);
      if (dialled !== undefined && !told.has(dialled)) told.set(dialled, id);
    }
    for (const [address, id] of told) {
      this.dial(address);
      const link = this.links.get(address);
      if (link !== undefined) link.id = id;
    }
    if (told.size === 0) return;
    for (const [address, link] of this.links) {
      if (told.has(address) || this.options.seeds.includes(address)) continue;
      link.close();
      this.links.delete(address);
    }
  }

  /** Links with metadata: the leader of the highest term first, then by age. A node that restarted may tell old things. */
  private byTrust(): readonly NodeLink[] {
    const rank = ({ claim }: NodeLink) => claim?.term ?? -1;
    const told = this.all.filter(({ metadata }) => metadata !== undefined);
    return told.sort((a, b) => rank(b) - rank(a) || (b.metadata?.at ?? 0) - (a.metadata?.at ?? 0));
  }
}

/** Addresses of endpoints as an operator gives them; those that cannot be dialled are left out. */
export function seedsOf(endpoints: readonly string[]): string[] {
  return [...new Set(endpoints.flatMap((endpoint) => nodeAddress(endpoint) ?? []))];
}
