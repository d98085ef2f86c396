import type { MemberId, MembershipView } from "../../../protocol/membership";
import type { Capabilities, ClusterStatus } from "../../../protocol/status";
import type { Action, ActionContext, ActionResult } from "../cluster";
import type { DoubtPort } from "./plan_doubts";
import type { StoredPlan } from "./records";

/** What plans are carried out with: an attached cluster as its own operators have it. */
export interface PlanPort extends DoubtPort {
  readonly capabilities: Capabilities;
  /** The newest status; what it says of plans is not looked at. */
  status(): ClusterStatus;
  membership(): MembershipView;
  /** The URLs or addresses a member's peers dial; none where it is not known. */
  urlsOf(id: MemberId): readonly string[];
  /** The command that starts an added member; undefined where this kind of cluster has none. */
  startCommand(learner: MemberId, newcomer: NonNullable<StoredPlan["newcomer"]>): string | undefined;
  act(action: Action, context: ActionContext): Promise<ActionResult>;
  transfer(
    target: MemberId,
    seen: { readonly leader: MemberId | null; readonly term: number },
    context: Omit<ActionContext, "fence">,
  ): Promise<ActionResult>;
  /** How plans stand changed. */
  changed(): void;
}
