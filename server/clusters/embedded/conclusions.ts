import { type Problem, problem } from "../../../protocol/problem";
import type { NameOf } from "../../../protocol/words";
import type { ChangeOutcome, ChangeRefusal } from "../../engine/types";
import type { ActionResult } from "../cluster";
import type { Timers } from "../timers";
import type { MembershipFeed } from "./membership_feed";
import { toProblem } from "./refusal";

/** How long (ms) an answer waits for this node to publish what it was told is applied or newest. */
const CATCH_UP_MS = 1000;

/** Makes of an engine's outcomes what the operator is answered, never showing less than the answer speaks of. */
export class Conclusions {
  private readonly membership: MembershipFeed;
  private readonly nameOf: NameOf;
  private readonly timers: Timers;

  constructor(membership: MembershipFeed, nameOf: NameOf, timers: Timers) {
    this.membership = membership;
    this.nameOf = nameOf;
    this.timers = timers;
  }

  /** How a change ended. `fenceIndex`: the index its caller saw, where it was fenced by one. */
  async of(outcome: ChangeOutcome, fenceIndex?: number): Promise<ActionResult> {
    switch (outcome.kind) {
      case "applied": {
        await this.caughtUpWith(outcome.membership.committedIndex);
        const { requestId, index } = outcome;
        return { ok: true, answer: { requestId, index, membership: this.membership.newest } };
      }
      case "refused":
        return { ok: false, problem: await this.refused(outcome.refusal, fenceIndex) };
      case "unknown":
        return { ok: false, problem: unknownOutcome(outcome) };
    }
  }

  /** A fence of another cluster, or of an index that does not compare with this one's. */
  ofForeignFence(epoch: string): ActionResult {
    const { newest } = this.membership;
    const detail = `The fence is of epoch ${epoch}, this cluster's is ${newest.epoch}; nothing was done. Look again and repeat.`;
    return { ok: false, problem: problem("fence-lost", detail, { membership: newest }) };
  }

  private async refused(refusal: ChangeRefusal, fenceIndex: number | undefined): Promise<Problem> {
    if (refusal.code === "fence-lost") await this.caughtUpWith(refusal.membership.committedIndex);
    return toProblem(refusal, { nameOf: this.nameOf, newest: this.membership.newest, fenceIndex });
  }

  /** Waits a moment until this node shows at least `index`. */
  private async caughtUpWith(index: number): Promise<void> {
    if (this.membership.newest.snapshot.committedIndex >= index) return;
    let cancel = () => {};
    const ended = new Promise<void>((resolve) => {
      cancel = this.timers.after(CATCH_UP_MS, resolve);
    });
    await this.membership.reached(index, ended);
    cancel();
  }
}

function unknownOutcome(outcome: Extract<ChangeOutcome, { kind: "unknown" }>): Problem {
  const detail = `${outcome.detail} It may have been applied; do not repeat it, ask for its outcome.`;
  return problem("outcome-unknown", detail, { requestId: outcome.requestId });
}
