import { assessTransfer } from "../../../protocol/assess";
import type { MemberId } from "../../../protocol/membership";
import { type Problem, problem } from "../../../protocol/problem";
import type { Capabilities, ClusterStatus } from "../../../protocol/status";
import { namesOf } from "../../../protocol/words";
import type { ActionContext } from "../cluster";
import type { Timers } from "../timers";
import { pause, type Refused, type Sending } from "./changes";
import { toProblem } from "./error_words";
import { type MemberSelf, toSelf } from "./member";
import type { Observer } from "./observer";

/** Between two looks whether the target leads, ms. */
const LOOK_AGAIN_MS = 100;
/** How long one look may take, ms. */
const LOOK_TIMEOUT_MS = 1000;

export interface TransferOptions {
  readonly observer: Observer;
  readonly timers: Timers;
  readonly capabilities: Capabilities;
  readonly status: () => ClusterStatus;
  readonly sending: Sending;
}

/** The leader and term the operator saw. */
export interface SeenLeader {
  readonly leader: MemberId | null;
  readonly term: number;
}

/** Moves leadership: asks the leader itself, the only one that takes it, and waits until the target says that it leads. */
export class LeaderTransfer {
  private readonly options: TransferOptions;

  constructor(options: TransferOptions) {
    this.options = options;
  }

  async move(
    target: MemberId,
    seen: SeenLeader,
    context: Omit<ActionContext, "fence">,
  ): Promise<{ readonly leader: { readonly id: MemberId; readonly term: number } } | Refused> {
    const { observer, timers, status } = this.options;
    const deadline = timers.now() + context.timeoutMs;
    const { id } = status().leadership;
    const endpoint = id === null ? undefined : observer.endpointOf(id);
    if (id === null || endpoint === undefined)
      return refuse(problem("no-leader", "Nobody leads now; nothing was done."));
    const asked = await endpoint.status(Math.min(LOOK_TIMEOUT_MS, context.timeoutMs));
    if (!asked.ok)
      return refuse(toProblem({ ...asked.fault, ambiguous: false }, this.words(target, context)));
    const self = toSelf(asked.value);
    const early = this.moved(self, seen) ?? this.foreseen(target);
    if (early !== undefined) return refuse(early);
    const unrecorded = this.options.sending(context.requestId, { id, url: endpoint.url });
    if (unrecorded !== undefined) return refuse(unrecorded);
    const call = await endpoint.moveLeader(BigInt(target), Math.max(1, (deadline - timers.now()) * 0.75));
    if (!call.ok && !call.fault.ambiguous) {
      return refuse(toProblem(call.fault, this.words(target, context)), true);
    }
    return this.awaitLeader(target, self.term, deadline, context);
  }

  private words(target: MemberId, { requestId }: Omit<ActionContext, "fence">) {
    return { requestId, nameOf: namesOf(this.options.status().members), target };
  }

  private moved(self: MemberSelf, seen: SeenLeader): Problem | undefined {
    if (self.leader === seen.leader && self.term === seen.term) return undefined;
    const nameOf = namesOf(this.options.status().members);
    const now =
      self.leader === null ? "Nobody leads now" : `${nameOf(self.leader)} leads term ${self.term} now`;
    const leader = { id: self.leader, term: self.term };
    return problem("leader-changed", `${now}; nothing was done.`, { leader });
  }

  private foreseen(target: MemberId): Problem | undefined {
    const { status, capabilities } = this.options;
    const { configuration, members, leadership } = status();
    const nameOf = namesOf(members);
    const judged = assessTransfer({ configuration, members, leadership, capabilities });
    if (target === leadership.id) return problem("invalid-change", `${nameOf(target)} leads already.`);
    const candidate = judged.candidates.find(({ id }) => id === target);
    if (candidate === undefined) {
      return problem("not-a-voter", `${nameOf(target)} is no voter, so it cannot lead.`);
    }
    if (judged.refusal !== undefined) return problem("invalid-change", judged.refusal);
    if (candidate.ok) return undefined;
    return problem(
      "invalid-change",
      `${candidate.name} cannot lead now: ${candidate.reason ?? "not healthy"}.`,
    );
  }

  private async awaitLeader(
    target: MemberId,
    termBefore: number,
    deadline: number,
    context: Omit<ActionContext, "fence">,
  ) {
    const { observer, timers, status } = this.options;
    let last: MemberSelf | undefined;
    do {
      const endpoint = observer.endpointOf(target);
      const asked = await endpoint?.status(LOOK_TIMEOUT_MS);
      if (asked?.ok) last = toSelf(asked.value);
      if (last?.leader === target) return { leader: { id: target, term: last.term } };
      await pause(timers, LOOK_AGAIN_MS);
    } while (timers.now() < deadline);
    const nameOf = namesOf(status().members);
    if (last === undefined || last.leader === null || last.term < termBefore) {
      const detail =
        "Nobody is known to lead. Leadership may still move; do not repeat it, ask for its outcome.";
      return refuse(problem("outcome-unknown", detail, { requestId: context.requestId }));
    }
    const leader = { id: last.leader, term: last.term };
    const now = `${nameOf(last.leader)} leads term ${last.term}`;
    return refuse(
      problem("transfer-failed", `${nameOf(target)} did not take over; ${now}.`, { leader }),
      true,
    );
  }
}

function refuse(because: Problem, rejected = false): Refused {
  return { problem: because, rejected };
}
