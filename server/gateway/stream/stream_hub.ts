import type { WebSocket } from "ws";
import { closeCodes, STREAM_VERSION } from "../../../protocol/frames";
import type { Machine } from "../../../protocol/machine";
import type { Capabilities, ClusterStatus } from "../../../protocol/status";
import type { Cluster, ProcessHost } from "../../clusters/cluster";
import type { Timers } from "../../clusters/timers";
import type { Receiver } from "../../engine/types";
import type { Caller } from "../access";
import { type Console, mayAct, mayForce, offeredCapabilities } from "../console";
import { STATUS_FRAME_MS } from "../limits";
import { Frame, MembershipFrames } from "./frames";
import { Pacer } from "./pacer";
import { StreamClient, type StreamSocket, TICK_MS } from "./stream_client";

/** Everybody at the stream of one cluster. Each value is encoded once, whoever it goes to. */
export class StreamHub {
  private readonly console: Console;
  private readonly cluster: Cluster;
  private readonly timers: Timers;
  private readonly clients = new Map<StreamClient, Caller>();
  private readonly receivers: Receiver<unknown>[] = [];
  private readonly statusPacer: Pacer<ClusterStatus>;
  private readonly machinePacer: Pacer<Machine>;
  private readonly stopTicking: () => void;
  private membership: MembershipFrames;
  private status: Frame;
  private machine: Frame | undefined;
  /** What the clients were told the cluster can do. */
  private greeted: Capabilities;

  constructor(console: Console, cluster: Cluster, timers: Timers) {
    this.console = console;
    this.cluster = cluster;
    this.timers = timers;
    this.greeted = cluster.capabilities;
    const membership = cluster.watchMembership();
    const status = cluster.watchStatus();
    this.membership = new MembershipFrames(cluster.name, membership.borrow());
    this.status = this.statusFrame(status.borrow());
    this.statusPacer = new Pacer(timers, STATUS_FRAME_MS, (value) => this.tellStatus(value));
    this.machinePacer = new Pacer(timers, STATUS_FRAME_MS, (value) => this.tellMachine(value));
    void this.follow(membership, (view) => this.tellMembership(new MembershipFrames(cluster.name, view)));
    void this.follow(status, (value) => this.statusPacer.offer(value));
    if (console.machine !== undefined) this.followMachine(console.machine);
    this.stopTicking = timers.every(TICK_MS, () => {
      for (const client of this.clients.keys()) client.tick();
    });
  }

  get size(): number {
    return this.clients.size;
  }

  /** Takes in an upgraded socket: hello, then what is known now. It goes when the caller's session ends. */
  join(socket: WebSocket, caller: Caller): void {
    const client = new StreamClient(streamSocket(socket), this.timers);
    this.clients.set(client, caller);
    socket.on("message", () => client.end(closeCodes.unexpectedData));
    socket.on("pong", () => client.heard());
    socket.on("error", (error) => this.console.log("info", "stream broke", { reason: error.message }));
    const stopWaiting =
      caller.expiresAt === null
        ? () => {}
        : this.timers.after(caller.expiresAt - Date.now(), () => client.end(closeCodes.sessionEnded));
    socket.on("close", () => {
      stopWaiting();
      client.closed();
      this.clients.delete(client);
    });
    client.greet(this.hello(caller));
    client.offerMembership(this.membership);
    client.offerStatus(this.status);
    if (this.machine !== undefined) client.offerMachine(this.machine);
  }

  /** Sends everybody away: this console is stopping. */
  close(): void {
    for (const receiver of this.receivers) receiver.close();
    this.statusPacer.close();
    this.machinePacer.close();
    this.stopTicking();
    for (const client of this.clients.keys()) client.end(closeCodes.goingAway);
  }

  /** Cuts whoever is still there. */
  terminate(): void {
    for (const client of this.clients.keys()) client.terminate();
  }

  private hello(caller: Caller): Frame {
    return new Frame({
      type: "hello",
      version: STREAM_VERSION,
      cluster: this.cluster.name,
      kind: this.cluster.kind,
      capabilities: offeredCapabilities(this.console, caller, this.cluster),
      actor: caller.actor,
      machine: this.console.machine !== undefined,
      mayAct: mayAct(this.console, caller),
      mayForce: mayForce(this.console, caller, this.cluster),
      signedIn: caller.signedIn,
    });
  }

  private async follow<T>(receiver: Receiver<T>, tell: (value: T) => void): Promise<void> {
    this.receivers.push(receiver);
    receiver.borrowAndUpdate();
    while ((await receiver.changed()) === "changed") tell(receiver.borrowAndUpdate());
  }

  private followMachine(host: ProcessHost): void {
    const machine = host.watch();
    this.machine = new Frame({ type: "machine", ...machine.borrow() });
    void this.follow(machine, (value) => this.machinePacer.offer(value));
  }

  private tellMembership(frames: MembershipFrames): void {
    this.membership = frames;
    for (const client of this.clients.keys()) client.offerMembership(frames);
  }

  private tellStatus(status: ClusterStatus): void {
    this.greetAgain();
    this.status = this.statusFrame(status);
    for (const client of this.clients.keys()) client.offerStatus(this.status);
  }

  /** A cluster may learn only later what it can do; every client must offer the same as the newest one. */
  private greetAgain(): void {
    if (this.cluster.capabilities === this.greeted) return;
    this.greeted = this.cluster.capabilities;
    for (const [client, caller] of this.clients) client.greet(this.hello(caller));
  }

  private tellMachine(machine: Machine): void {
    this.machine = new Frame({ type: "machine", ...machine });
    for (const client of this.clients.keys()) client.offerMachine(this.machine);
  }

  private statusFrame(status: ClusterStatus): Frame {
    return new Frame({ type: "status", cluster: this.cluster.name, ...status });
  }
}

function streamSocket(socket: WebSocket): StreamSocket {
  return {
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
    send: (bytes, sent) => socket.send(bytes, { binary: false }, () => sent()),
    ping: () => {
      if (socket.readyState === socket.OPEN) socket.ping();
    },
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate(),
  };
}
