import type { MemberId, MembershipView } from "../../../protocol/membership";
import { type Problem, problem } from "../../../protocol/problem";
import type { Capabilities, ClusterStatus } from "../../../protocol/status";
import { namesOf } from "../../../protocol/words";
import type { Member } from "../../rpc/generated/etcd_pb";
import { isInForce } from "../attached/effects";
import type { Intent } from "../attached/records";
import type { ActionContext } from "../cluster";
import type { Timers } from "../timers";
import type { EtcdEndpoint } from "./endpoint";
import { toProblem } from "./error_words";
import type { Call, Fault } from "./fault";
import { type EtcdChange, refusalOf } from "./gates";
import { type EtcdMember, toMembers, toSeen } from "./member";
import { type MembershipLook, readMembers } from "./membership_read";
import type { Observer } from "./observer";

/** Share of a request's time that is kept for finding out what became of it. */
const RECONCILE_SHARE = 0.25;
/** Between two looks whether a change without an answer was made, ms. */
const LOOK_AGAIN_MS = 200;

/** What changes are made with. */
export interface ChangesOptions {
  readonly observer: Pick<Observer, "read" | "reportOf" | "endpointOf" | "takeOwn">;
  readonly timers: Timers;
  readonly capabilities: Capabilities;
  readonly newest: () => MembershipView;
  readonly status: () => ClusterStatus;
  /** To whom a request goes, before it does: whoever may still carry it out later. A problem: it may not go. */
  readonly sending: Sending;
}

/** Records to whom a request goes; a problem: that could not be, and it may not be sent. */
export type Sending = (
  requestId: string,
  to: { readonly id: MemberId; readonly url: string },
) => Problem | undefined;

/** A change that is done, with the members as they are since. */
export interface Done {
  readonly members: readonly EtcdMember[];
  /** The member that was added. */
  readonly added: EtcdMember | undefined;
}

/**
 * Makes one change of members: reads them again, compares with what the operator saw, foresees what etcd would say, calls, and
 * where no answer comes looks whether it was done.
 */
export class EtcdChanges {
  private readonly options: ChangesOptions;

  constructor(options: ChangesOptions) {
    this.options = options;
  }

  /** A problem with code `outcome-unknown` may have been applied; any other was not. */
  async make(change: EtcdChange, intent: Intent, context: ActionContext): Promise<Done | Refused> {
    const { observer, timers } = this.options;
    const deadline = timers.now() + context.timeoutMs;
    const look = await observer.read(context.timeoutMs * (1 - RECONCILE_SHARE));
    if (!look.ok) return refused(unread(look.fault));
    const early = this.fenceLost(context) ?? this.foreseen(change, look.value);
    if (early !== undefined) return refused(early);
    // A read may take longer than its share; what is sent without time for an answer is a doubt for nothing.
    if (timers.now() >= deadline) return refused(tooSlow);
    const sent = await this.send(change, context.requestId, look.value, deadline);
    if (sent === undefined) return refused(unread(undefined));
    if ("code" in sent) return refused(sent);
    const { endpoint, call } = sent;
    if (call.ok) return this.afterwards(endpoint, call.value, look.value);
    if (call.fault.ambiguous) return this.reconcile(intent, context.requestId, deadline, call.fault);
    const target = intent.id ?? undefined;
    const nameOf = namesOf(this.options.status().members);
    return refused(toProblem(call.fault, { requestId: context.requestId, nameOf, target }), true);
  }

  private fenceLost({ fence }: ActionContext): Problem | undefined {
    const newest = this.options.newest();
    const { committedIndex } = newest.snapshot;
    if (fence.epoch === newest.epoch && fence.committedIndex === committedIndex) return undefined;
    const detail = `The cluster changed since index ${fence.committedIndex} and is at index ${committedIndex} now; nothing was done. Look again and repeat.`;
    return problem("fence-lost", detail, { membership: newest });
  }

  private foreseen(change: EtcdChange, { members }: MembershipLook): Problem | undefined {
    const { observer, timers, capabilities, status } = this.options;
    return refusalOf({
      change,
      members,
      status: status(),
      capabilities,
      reportOf: (id) => observer.reportOf(id),
      now: timers.now(),
    });
  }

  /**
   * Calls at the leader, which decides at once, and where it cannot be reached at the member that was read from, which passes it on.
   * Undefined: neither's endpoint is known. A problem: nothing was sent.
   */
  private async send(change: EtcdChange, requestId: string, { by }: MembershipLook, deadline: number) {
    const { observer, timers, status } = this.options;
    const leader = status().leadership.id;
    let last: { readonly endpoint: EtcdEndpoint; readonly call: Call<Answer> } | undefined;
    for (const id of new Set([leader ?? by.id, by.id])) {
      const endpoint = observer.endpointOf(id);
      if (endpoint === undefined) continue;
      const unrecorded = this.options.sending(requestId, { id, url: endpoint.url });
      if (unrecorded !== undefined) return unrecorded;
      const left = deadline - timers.now();
      const call = await callFor(endpoint, change, Math.max(1, left * (1 - RECONCILE_SHARE)));
      last = { endpoint, call };
      if (call.ok || call.fault.ambiguous || !neverArrived.has(call.fault.kind)) break;
    }
    return last;
  }

  /** The members the answer names count from now on; a read after it is no older, and knows an index. */
  private async afterwards(endpoint: EtcdEndpoint, answer: Answer, before: MembershipLook): Promise<Done> {
    const { observer } = this.options;
    const read = await readMembers(endpoint, AFTERWARDS_MS);
    const look = read.ok ? read.value : { ...before, members: toMembers(answer.members), exact: false };
    observer.takeOwn(look);
    const [added] = answer.member === undefined ? [] : toMembers([answer.member]);
    return { members: look.members, added };
  }

  private async reconcile(
    intent: Intent,
    requestId: string,
    deadline: number,
    fault: Fault,
  ): Promise<Done | Refused> {
    const { observer, timers } = this.options;
    while (timers.now() < deadline) {
      const look = await observer.read(deadline - timers.now());
      if (look.ok && isInForce(intent, look.value.members.map(toSeen), null) === true) {
        return { members: look.value.members, added: addedBy(intent, look.value.members) };
      }
      await pause(timers, LOOK_AGAIN_MS);
    }
    const nameOf = namesOf(this.options.status().members);
    return refused(toProblem(fault, { requestId, nameOf, target: intent.id ?? undefined }));
  }
}

/** Faults of calls that reached no etcd at all. */
const neverArrived: ReadonlySet<Fault["kind"]> = new Set(["unreachable", "tls"]);

/** How long (ms) a read after a change may take before the members in its answer must do. */
const AFTERWARDS_MS = 700;

/** A change that was not made, or may have been: its problem says which. */
export interface Refused {
  readonly problem: Problem;
  /** By etcd, not by this console. */
  readonly rejected: boolean;
}

function refused(because: Problem, rejected = false): Refused {
  return { problem: because, rejected: rejected && because.code !== "outcome-unknown" };
}

const tooSlow = problem(
  "no-leader",
  "The members could be read, but there was no time left for the change; nothing was done. Repeat it.",
);

/** The members could not be read before a change, so it was not tried. */
export function unread(fault: Fault | undefined): Problem {
  if (fault !== undefined && ["not-allowed", "tls", "foreign"].includes(fault.kind)) {
    return toProblem(fault, { requestId: "", nameOf: String, target: undefined });
  }
  const why = fault === undefined ? "" : ` (${fault.text})`;
  return problem("no-leader", `The members could not be read with a majority${why}; nothing was done.`);
}

/** The member whose URLs a request set out to add. */
export function addedBy(intent: Intent, members: readonly EtcdMember[]): EtcdMember | undefined {
  if (intent.kind !== "add-learner") return undefined;
  const wanted = [...intent.peerUrls].sort().join(" ");
  return members.find(({ peerUrls }) => peerUrls.join(" ") === wanted);
}

interface Answer {
  readonly members: readonly Member[];
  readonly member?: Member;
}

function callFor(endpoint: EtcdEndpoint, change: EtcdChange, timeoutMs: number): Promise<Call<Answer>> {
  switch (change.kind) {
    case "add-learner":
      return endpoint.addLearner(change.peerUrls, timeoutMs);
    case "promote":
      return endpoint.promote(BigInt(change.id), timeoutMs);
    case "remove":
      return endpoint.remove(BigInt(change.id), timeoutMs);
    case "update-address":
      return endpoint.updatePeerUrls(BigInt(change.id), change.peerUrls, timeoutMs);
  }
}

/** Waits on the console's clock. */
export function pause(timers: Timers, ms: number): Promise<void> {
  return new Promise((resolve) => timers.after(ms, resolve));
}
