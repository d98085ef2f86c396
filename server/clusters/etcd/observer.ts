import type { MemberId } from "../../../protocol/membership";
import type { Timers } from "../timers";
import type { EtcdEndpoint } from "./endpoint";
import { EndpointPoll, type EndpointReport } from "./endpoint_poll";
import type { Call, Fault } from "./fault";
import type { EtcdMember } from "./member";
import { type MembershipLook, readMembers } from "./membership_read";
import type { PollPaceOptions } from "./options";
import { Pace } from "./pace";
import { configuredUrl, endpointUrls } from "./urls";

/** Endpoints that are asked at most; a cluster of etcd has nine members or so. */
const ENDPOINTS_MAX = 64;

/** The members as this console knows them now. */
export interface KnownMembers {
  readonly clusterId: string;
  readonly members: readonly EtcdMember[];
  /** False: one member's own list, while no linearizable one could be read yet. */
  readonly linearizable: boolean;
  /** When it was read, on the observer's clock. */
  readonly at: number;
}

export interface ObserverOptions {
  readonly endpoints: readonly string[];
  readonly open: (url: string) => EtcdEndpoint;
  /** Whether an endpoint that only the members name may be asked. */
  readonly mayAsk: (url: string) => boolean;
  readonly pace: PollPaceOptions;
  readonly timers: Timers;
  /** A linearizable look, newest only, before anybody waiting for it goes on. */
  readonly looked: (look: MembershipLook) => void;
  /** Any fact is new. */
  readonly changed: () => void;
}

interface Watched {
  readonly endpoint: EtcdEndpoint;
  readonly poll: EndpointPoll;
}

/**
 * Asks a cluster about itself: each endpoint on its own, and the members linearizably from one endpoint that stays the same until
 * it fails. Endpoints are those configured and those the members name.
 */
export class Observer {
  readonly pace: Pace;
  private readonly options: ObserverOptions;
  private readonly watched = new Map<string, Watched>();
  private latest: KnownMembers | undefined;
  private pinned: string | undefined;
  /** Counts reads and own changes: a list read before a later one was known is not taken in. */
  private turn = 0;
  private takenTurn = 0;
  private cancelRead = () => {};
  private reading = false;
  private ended = false;
  /** Why the last linearizable read failed; undefined: it did not. */
  private readFault: Fault | undefined;

  constructor(options: ObserverOptions) {
    this.options = options;
    const now = () => options.timers.now();
    this.pace = new Pace(options.pace, now, () => this.hurry());
    for (const url of options.endpoints) this.watch(configuredUrl(url));
  }

  start(): void {
    this.hurry();
  }

  get reports(): readonly EndpointReport[] {
    return [...this.watched.values()].map(({ poll }) => poll.report);
  }

  get known(): KnownMembers | undefined {
    return this.latest;
  }

  /** Why the members cannot be read linearizably now; undefined: they can. */
  get blocked(): Fault | undefined {
    return this.readFault;
  }

  /** The report of the endpoint that speaks for a member: the newest of those that said so. */
  reportOf(id: MemberId): EndpointReport | undefined {
    const member = this.latest?.members.find((one) => one.id === id);
    const own = this.reports.filter(
      ({ url, self }) =>
        self?.value.id === id ||
        (self === undefined && member !== undefined && endpointUrls(member).includes(url)),
    );
    return own.sort((a, b) => newness(b) - newness(a))[0];
  }

  /** Members that name endpoints, and none that may be asked. */
  get unasked(): readonly EtcdMember[] {
    const { mayAsk } = this.options;
    return (this.latest?.members ?? []).filter((member) => {
      const urls = endpointUrls(member);
      return urls.length > 0 && !urls.some(mayAsk) && this.reportOf(member.id) === undefined;
    });
  }

  /** The endpoint to call a member at. */
  endpointOf(id: MemberId): EtcdEndpoint | undefined {
    const url = this.reportOf(id)?.url;
    return url === undefined ? undefined : this.watched.get(url)?.endpoint;
  }

  /**
   * Reads the members linearizably, from the first endpoint that can within the time, which the others share: right after an
   * election 3.4 takes seconds for the first such read.
   */
  async read(timeoutMs: number): Promise<Call<MembershipLook>> {
    const deadline = this.options.timers.now() + timeoutMs;
    let last: Call<MembershipLook> | undefined;
    const candidates = this.candidates();
    for (const [at, endpoint] of candidates.entries()) {
      const left = deadline - this.options.timers.now();
      if (left <= 0) break;
      const turn = this.nextTurn();
      const share = left / (candidates.length - at);
      last = await readMembers(endpoint, Math.min(left, Math.max(share, this.options.pace.callTimeoutMs)));
      if (last.ok) {
        this.pinned = endpoint.url;
        this.take(last.value, turn);
        return last;
      }
      if (this.pinned === endpoint.url) this.pinned = undefined;
    }
    return last ?? nobody;
  }

  /** Takes in the members that a change answered with: nothing read before counts any more. */
  takeOwn(look: MembershipLook): void {
    this.take(look, this.nextTurn());
  }

  /** Polls everything now. */
  hurry(): void {
    if (this.ended) return;
    for (const { poll } of this.watched.values()) poll.now();
    void this.readOn();
  }

  close(): void {
    this.ended = true;
    this.cancelRead();
    for (const { poll, endpoint } of this.watched.values()) {
      poll.close();
      endpoint.close();
    }
  }

  private nextTurn(): number {
    this.turn += 1;
    return this.turn;
  }

  private async readOn(): Promise<void> {
    if (this.reading) return;
    this.reading = true;
    this.cancelRead();
    const call = await this.read(this.options.pace.callTimeoutMs * 2);
    this.reading = false;
    if (this.ended) return;
    const before = this.readFault;
    this.readFault = call.ok ? undefined : call.fault;
    if ((before === undefined) !== call.ok) this.pace.moved();
    this.options.changed();
    this.cancelRead = this.options.timers.after(this.pace.interval(), () => void this.readOn());
  }

  /** Pinned first, then who answered last without a fault; learners never. Those that failed come last. */
  private candidates(): EtcdEndpoint[] {
    const rank = ({ endpoint, poll: { report } }: Watched): number => {
      if (report.self?.value.isLearner || this.isForeign(report)) return 9;
      if (endpoint.url === this.pinned) return 0;
      if (report.fault !== undefined) return 3;
      return report.self === undefined ? 2 : 1;
    };
    return [...this.watched.values()]
      .filter((one) => rank(one) < 9)
      .sort((a, b) => rank(a) - rank(b))
      .map(({ endpoint }) => endpoint);
  }

  /** Whether an endpoint is of another cluster than the one this console follows, while that one still answers. */
  private isForeign(report: EndpointReport): boolean {
    const { latest } = this;
    const ids = this.reports
      .filter(({ fault }) => fault === undefined)
      .map(({ self }) => self?.value.clusterId);
    if (latest === undefined || !ids.includes(latest.clusterId)) return false;
    return report.self !== undefined && report.self.value.clusterId !== latest.clusterId;
  }

  private take(look: MembershipLook, turn: number): void {
    if (turn < this.takenTurn || this.ended) return;
    this.takenTurn = turn;
    this.adopt({
      clusterId: look.clusterId,
      members: look.members,
      linearizable: true,
      at: this.options.timers.now(),
    });
    this.options.looked(look);
  }

  private adopt(known: KnownMembers): void {
    const before = this.latest;
    this.latest = known;
    if (JSON.stringify(before?.members) !== JSON.stringify(known.members)) this.pace.moved();
    const configured = new Set(this.options.endpoints.map(configuredUrl));
    const named = known.members.flatMap(endpointUrls).filter(this.options.mayAsk);
    const wanted = new Set([...configured, ...named]);
    for (const url of wanted) this.watch(url);
    for (const [url, { poll, endpoint }] of this.watched) {
      if (wanted.has(url)) continue;
      poll.close();
      endpoint.close();
      this.watched.delete(url);
    }
  }

  private watch(url: string): void {
    if (this.watched.has(url) || this.watched.size >= ENDPOINTS_MAX) return;
    const endpoint = this.options.open(url);
    const poll = new EndpointPoll({
      endpoint,
      timers: this.options.timers,
      callTimeoutMs: this.options.pace.callTimeoutMs,
      interval: () => this.pace.interval(),
      reported: (report, before) => this.reported(report, before),
    });
    this.watched.set(url, { endpoint, poll });
    if (this.latest !== undefined) poll.now();
  }

  private reported(report: EndpointReport, before: EndpointReport): void {
    const now = report.self?.value;
    const was = before.self?.value;
    const moved =
      (report.fault === undefined) !== (before.fault === undefined) ||
      now?.leader !== was?.leader ||
      now?.term !== was?.term ||
      now?.errors.join() !== was?.errors.join();
    if (moved) this.pace.moved();
    this.takeLocal(report);
    this.options.changed();
  }

  /** Until a linearizable list was read, the list of the member that has applied most must do. */
  private takeLocal(report: EndpointReport): void {
    const { self, members, fault } = report;
    if (fault !== undefined || self === undefined || members === undefined || members.at !== self.at) return;
    if (this.latest?.linearizable === true || members.value.length === 0) return;
    const best = Math.max(...this.reports.map((one) => one.self?.value.appliedIndex ?? 0));
    if (self.value.appliedIndex < best) return;
    this.adopt({ clusterId: self.value.clusterId, members: members.value, linearizable: false, at: self.at });
  }
}

function newness(report: EndpointReport): number {
  return report.self?.at ?? Number.NEGATIVE_INFINITY;
}

const nobody: Call<never> = {
  ok: false,
  fault: { kind: "unreachable", code: 14, text: "no endpoint could be asked", ambiguous: false },
};
