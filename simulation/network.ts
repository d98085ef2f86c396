import { decodeMessage, encodeMessage, isMalformed } from "../server/raft/codec";
import type { Message, NodeId } from "../server/raft/types";
import type { PeerIdentity, RequestFault, Transport, TransportHandler } from "../server/transport/types";
import type { Random } from "./random";
import type { World } from "./world";

/** How a link treats what it carries. Probabilities per message; times in ms. */
export interface LinkFaults {
  drop: number;
  duplicate: number;
  /** Probability of an extra delay of up to `delayMs`. */
  delay: number;
  delayMs: number;
  /** Probability that a message does not wait for those sent before it. */
  reorder: number;
  /** Probability that a request takes so long that its sender has long given it up, and holds up nothing behind it. */
  lateRequest: number;
  /** Probability that an append is preceded by one that ends earlier in the leader's log. */
  earlyAppend: number;
}

/** A link without faults. */
export const WHOLE: Readonly<LinkFaults> = {
  drop: 0,
  duplicate: 0,
  delay: 0,
  delayMs: 0,
  reorder: 0,
  lateRequest: 0,
  earlyAppend: 0,
};

/** A running process as the network sees it. */
export interface Endpoint {
  readonly id: NodeId;
  readonly uuid: string;
  /** Counts the processes of this node: what was sent to an earlier one as an answer is lost. */
  process: number;
  handler: TransportHandler | undefined;
  peers: ReadonlyMap<NodeId, string>;
  readonly heard: Map<NodeId, number>;
  /** Processes of peers that said hello to this process. */
  readonly met: Map<NodeId, number>;
  /** The node gets nothing before this time (a stopped process). */
  pausedUntil: number;
}

/** Hears of what passes through the network. */
export interface NetworkListener {
  sent(from: Endpoint, message: Message): void;
  /** A message goes nowhere: its sender knows no such peer. */
  unaddressed(from: Endpoint, message: Message): void;
  /** An append that the leader may send as well as this one, and that ends earlier; undefined: there is none. */
  earlierAppend(from: Endpoint, message: Message): Message | undefined;
  /** An endpoint is about to be handed something, by a peer or by its own network. */
  touching(endpoint: Endpoint, by: Endpoint | undefined): void;
  /** A process named its peers: its configuration may have changed. */
  peersNamed(endpoint: Endpoint): void;
}

const LATENCY_MS = { low: 0.5, high: 3 };
const SNAPSHOT_MS = { low: 5, high: 60 };
/** Longer than a request is waited for. */
const LATE_MS = { low: 1000, high: 4000 };
/** At most one complaint in this time per peer (ms). */
const UNREACHABLE_MS = 100;

/** All links of a cluster: in order and quick unless a fault says otherwise. */
export class Network {
  readonly endpoints = new Map<NodeId, Endpoint>();
  /** Links that lose everything, as from * 65536 + to. */
  readonly cut = new Set<number>();
  faults: LinkFaults = { ...WHOLE };
  private readonly lastArrival = new Map<number, number>();
  /** Bodies of requests that are on their way. */
  private readonly requests = new Set<{ readonly body: Uint8Array }>();
  private readonly complained = new Map<number, number>();
  private readonly world: World;
  private readonly random: Random;
  private readonly listener: NetworkListener;

  constructor(world: World, random: Random, listener: NetworkListener) {
    this.world = world;
    this.random = random;
    this.listener = listener;
  }

  /** The port of one process. */
  transport(own: Endpoint): Transport {
    const process = own.process;
    const alive = (): boolean => own.process === process && own.handler !== undefined;
    return {
      address: addressOf(own.id),
      start: (handler) => {
        own.handler = handler;
      },
      setPeers: (peers) => {
        if (own.process !== process) return;
        own.peers = peers;
        this.listener.peersNamed(own);
      },
      send: (messages) => {
        if (own.process !== process) return;
        for (const message of messages) this.send(own, message);
      },
      sendReport: (report, audience) => {
        if (!alive()) return;
        for (const to of audience ?? own.peers.keys())
          if (own.peers.has(to)) this.carry(own, to, LATENCY_MS, (target) => target.onReport(own.id, report));
      },
      request: (to, body, timeoutMs, done) => {
        if (alive()) this.request(own, to, body, timeoutMs, done);
      },
      lastHeardMs: (id) => {
        const at = own.heard.get(id);
        return at === undefined ? undefined : this.world.now - at;
      },
      close: () => Promise.resolve(),
    };
  }

  private send(from: Endpoint, message: Message): void {
    this.listener.sent(from, message);
    if (!from.peers.has(message.to)) {
      this.listener.unaddressed(from, message);
      return;
    }
    if (message.type === "app") this.sendEarlier(from, message);
    const snapshot = message.type === "snap";
    const sent = this.carry(
      from,
      message.to,
      snapshot ? SNAPSHOT_MS : LATENCY_MS,
      this.delivery(from, message),
    );
    if (snapshot) this.tell(from, (handler) => handler.onSnapshotSent(message.to, sent));
    else if (!sent) this.complain(from, message.to);
  }

  private sendEarlier(from: Endpoint, message: Message): void {
    const { earlyAppend } = this.faults;
    if (earlyAppend === 0 || !this.random.chance(earlyAppend)) return;
    const earlier = this.listener.earlierAppend(from, message);
    if (earlier === undefined) return;
    this.world.covers("early-append");
    this.carry(from, earlier.to, LATENCY_MS, this.delivery(from, earlier));
  }

  /** Hands a message over as it comes out of its codec. */
  private delivery(from: Endpoint, message: Message): (target: TransportHandler) => void {
    const bytes = encodeMessage(message);
    return (target) => {
      const decoded = decodeMessage(bytes);
      if (isMalformed(decoded)) {
        this.world.breaks("messages survive their codec", `${message.type}: ${decoded.detail}`);
        return;
      }
      target.onMessage(from.id, decoded);
    };
  }

  /** Whether a request that holds this text is on its way to somebody. */
  carries(text: string): boolean {
    return [...this.requests].some(({ body }) => Buffer.from(body).includes(text));
  }

  private complain(from: Endpoint, to: NodeId): void {
    const link = linkOf(from.id, to);
    if (this.world.now - (this.complained.get(link) ?? -UNREACHABLE_MS) < UNREACHABLE_MS) return;
    this.complained.set(link, this.world.now);
    this.tell(from, (handler) => handler.onUnreachable(to));
  }

  /** Tells a process something about its own sending, a little later. */
  private tell(own: Endpoint, run: (handler: TransportHandler) => void): void {
    const { process } = own;
    this.world.schedule(1, "answer", () => {
      if (own.process !== process || own.handler === undefined) return;
      this.listener.touching(own, undefined);
      run(own.handler);
    });
  }

  /** False: known to be lost at once. Otherwise it arrives, perhaps twice, or is lost on its way. */
  private carry(
    from: Endpoint,
    to: NodeId,
    latency: { readonly low: number; readonly high: number },
    run: (handler: TransportHandler) => void,
  ): boolean {
    const link = linkOf(from.id, to);
    const target = this.endpoints.get(to);
    if (target === undefined || target.handler === undefined || this.cut.has(link)) return false;
    const { random, faults, world } = this;
    if (faults.drop > 0 && random.chance(faults.drop)) {
      world.covers("drop");
      return true;
    }
    this.arrive(from, target, link, latency, run);
    if (faults.duplicate > 0 && random.chance(faults.duplicate)) {
      world.covers("duplicate");
      this.arrive(from, target, link, latency, run);
    }
    return true;
  }

  private arrive(
    from: Endpoint,
    target: Endpoint,
    link: number,
    latency: { readonly low: number; readonly high: number },
    run: (handler: TransportHandler) => void,
    ended?: () => void,
  ): void {
    const { random, faults, world } = this;
    let delay = random.between(latency.low, latency.high);
    if (faults.delay > 0 && random.chance(faults.delay)) {
      delay += random.unit() * faults.delayMs;
      world.covers("delay");
    }
    let at = world.now + delay;
    if (faults.reorder > 0 && random.chance(faults.reorder)) world.covers("reorder");
    else if (latency !== LATE_MS) {
      at = Math.max(at, this.lastArrival.get(link) ?? 0);
      this.lastArrival.set(link, at);
    }
    const sender = from.process;
    const receive = (): void => {
      if (target.pausedUntil > world.now) {
        world.schedule(target.pausedUntil - world.now, "message", receive);
        return;
      }
      ended?.();
      const { handler } = target;
      if (handler === undefined || this.cut.has(link) || !this.greet(from, sender, target, handler)) return;
      this.listener.touching(target, from);
      target.heard.set(from.id, world.now);
      run(handler);
    };
    world.schedule(at - world.now, "message", receive);
  }

  /** Both sides judge each other before anything passes, as they do at the hello of a connection and after each change of peers. */
  private greet(from: Endpoint, sender: number, target: Endpoint, handler: TransportHandler): boolean {
    const verdict = handler.judge(identityOf(from));
    if (verdict.kind !== "accept") {
      if (from.process === sender && !this.cut.has(linkOf(target.id, from.id)))
        this.tell(from, (own) => own.onVerdict(target.id, verdict));
      return false;
    }
    if (from.process === sender && from.handler !== undefined) {
      const back = from.handler.judge(identityOf(target));
      if (back.kind !== "accept") {
        this.tell(target, (own) => own.onVerdict(from.id, back));
        return false;
      }
    }
    if (target.met.get(from.id) !== sender) {
      target.met.set(from.id, sender);
      handler.onPeer(identityOf(from));
    }
    return true;
  }

  private request(
    own: Endpoint,
    to: NodeId,
    body: Uint8Array,
    timeoutMs: number,
    done: (answer: Uint8Array | RequestFault) => void,
  ): void {
    const { process } = own;
    let open = true;
    const finish = (delayMs: number, answer: Uint8Array | RequestFault): void => {
      this.world.schedule(delayMs, "answer", () => {
        if (!open || own.process !== process) return;
        open = false;
        this.listener.touching(own, undefined);
        done(answer);
      });
    };
    const target = this.endpoints.get(to);
    const link = linkOf(own.id, to);
    if (target?.handler === undefined || this.cut.has(link) || !own.peers.has(to)) {
      finish(1, { kind: "unsent", detail: "no connection" });
      return;
    }
    finish(timeoutMs, { kind: "unanswered", detail: "no answer in time" });
    if (this.faults.drop > 0 && this.random.chance(this.faults.drop)) return;
    const late = this.faults.lateRequest > 0 && this.random.chance(this.faults.lateRequest);
    if (late) this.world.covers("late-request");
    const underWay = { body };
    this.requests.add(underWay);
    const deliver = (handler: TransportHandler): void =>
      handler.onRequest(own.id, body, (answer) => {
        const lost = this.cut.has(linkOf(to, own.id)) || this.random.chance(this.faults.drop);
        if (!lost) finish(this.random.between(LATENCY_MS.low, LATENCY_MS.high), answer);
      });
    this.arrive(own, target, link, late ? LATE_MS : LATENCY_MS, deliver, () =>
      this.requests.delete(underWay),
    );
  }
}

/** A link as one number. */
export function linkOf(from: NodeId, to: NodeId): number {
  return from * 65_536 + to;
}

/** Where a simulated node listens. */
export function addressOf(id: NodeId): string {
  return `h${id}:1`;
}

function identityOf(endpoint: Endpoint): PeerIdentity {
  return {
    clusterId: "simulated",
    nodeId: endpoint.id,
    uuid: endpoint.uuid,
    address: addressOf(endpoint.id),
    console: "",
  };
}
