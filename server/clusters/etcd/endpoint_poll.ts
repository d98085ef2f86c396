import type { Timers } from "../timers";
import type { EtcdEndpoint } from "./endpoint";
import type { Call, Fault } from "./fault";
import { type EtcdMember, type MemberSelf, toMembers, toSelf } from "./member";

/** What is known of one endpoint. Times are of the poller's clock, ms. */
export interface EndpointReport {
  readonly url: string;
  /** Its last answer. */
  readonly self: { readonly value: MemberSelf; readonly at: number } | undefined;
  /** The member list as this member had it; learners give none. */
  readonly members: { readonly value: readonly EtcdMember[]; readonly at: number } | undefined;
  /** Why the last call failed; undefined: it did not. */
  readonly fault: Fault | undefined;
  /** Calls in a row that failed. */
  readonly failures: number;
  /** Since when it answers, or does not; undefined before the first call ended. */
  readonly since: number | undefined;
  /** When it answered again after it had not; undefined: it was never seen silent. */
  readonly returnedAt: number | undefined;
  /** Entries it applied, with their times, over the last few seconds. */
  readonly applied: readonly { readonly index: number; readonly at: number }[];
}

const SAMPLES_OVER_MS = 6000;
const SAMPLES_MAX = 32;

/** What a poll needs of an endpoint. */
export type PolledEndpoint = Pick<EtcdEndpoint, "url" | "status" | "localMembers">;

export interface EndpointPollOptions {
  readonly endpoint: PolledEndpoint;
  readonly timers: Timers;
  readonly callTimeoutMs: number;
  /** Milliseconds to the next poll, asked anew each time. */
  readonly interval: () => number;
  readonly reported: (report: EndpointReport, before: EndpointReport) => void;
}

/** Asks one endpoint about itself, again and again, never twice at a time: a dead one holds up nobody else. */
export class EndpointPoll {
  private readonly options: EndpointPollOptions;
  private state: EndpointReport;
  private cancelNext = () => {};
  private asking = false;
  private again = false;
  private ended = false;

  constructor(options: EndpointPollOptions) {
    this.options = options;
    this.state = {
      url: options.endpoint.url,
      self: undefined,
      members: undefined,
      fault: undefined,
      failures: 0,
      since: undefined,
      returnedAt: undefined,
      applied: [],
    };
  }

  get report(): EndpointReport {
    return this.state;
  }

  /** Polls now; if a poll is under way, once more right after it. */
  now(): void {
    if (this.ended) return;
    if (this.asking) {
      this.again = true;
      return;
    }
    this.cancelNext();
    void this.ask();
  }

  close(): void {
    this.ended = true;
    this.cancelNext();
  }

  private async ask(): Promise<void> {
    const { endpoint, callTimeoutMs, timers } = this.options;
    this.asking = true;
    const [status, members] = await Promise.all([
      endpoint.status(callTimeoutMs),
      this.isLearner() ? undefined : endpoint.localMembers(callTimeoutMs),
    ]);
    this.asking = false;
    if (this.ended) return;
    const before = this.state;
    this.state = this.after(status, members);
    this.options.reported(this.state, before);
    const wait = this.again ? 0 : this.options.interval();
    this.again = false;
    this.cancelNext = timers.after(wait, () => this.now());
  }

  private isLearner(): boolean {
    return this.state.fault === undefined && this.state.self?.value.isLearner === true;
  }

  private after(
    status: Awaited<ReturnType<PolledEndpoint["status"]>>,
    members: Awaited<ReturnType<PolledEndpoint["localMembers"]>> | undefined,
  ): EndpointReport {
    const at = this.options.timers.now();
    const before = this.state;
    if (!status.ok) return failed(before, status, at);
    const value = toSelf(status.value);
    const steady = before.fault === undefined && before.self !== undefined;
    return {
      ...before,
      self: { value, at },
      members: members?.ok ? { value: toMembers(members.value.members), at } : before.members,
      fault: undefined,
      failures: 0,
      since: steady ? before.since : at,
      returnedAt: before.fault === undefined ? before.returnedAt : at,
      applied: [...before.applied, { index: value.appliedIndex, at }]
        .filter((sample) => at - sample.at <= SAMPLES_OVER_MS)
        .slice(-SAMPLES_MAX),
    };
  }
}

function failed(
  before: EndpointReport,
  call: Extract<Call<unknown>, { ok: false }>,
  at: number,
): EndpointReport {
  return {
    ...before,
    fault: call.fault,
    failures: before.failures + 1,
    since: before.fault === undefined ? at : before.since,
  };
}
