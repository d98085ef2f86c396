import { setTimeout as delay } from "node:timers/promises";
import { type RequestOutcome, requestOutcomeSchema } from "../../protocol/api";
import { checked, isTrouble, type Session } from "../consoles/session";

/** How often the outcome is asked for (ms). */
const askEveryMs = 300;
/** After the deadline the node that was asked has stopped trying; clocks and queues get this much more (ms). */
const slackMs = 500;
/** How long settling is tried (ms) before the doubt is handed back. */
const settleMsMax = 20_000;

/** A doubt that ended. `undefined`: it could not be ended. */
export type Settled = Exclude<RequestOutcome, { state: "pending" }> | undefined;

/**
 * Finds out what became of a request whose answer was lost: looks until its deadline, then closes the request id, so that it can
 * never be applied later. `deadlineAt` by performance.now().
 */
export async function settle(
  session: Session,
  cluster: string,
  requestId: string,
  deadlineAt: number,
): Promise<Settled> {
  const path = `/api/clusters/${encodeURIComponent(cluster)}/requests/${requestId}`;
  while (performance.now() < deadlineAt + slackMs) {
    const outcome = await session.read(path, requestOutcomeSchema);
    if (!isTrouble(outcome) && outcome.state !== "pending") return outcome;
    await delay(askEveryMs);
  }
  const giveUpAt = performance.now() + settleMsMax;
  while (performance.now() < giveUpAt) {
    const call = { method: "POST", body: {}, timeoutMs: 6000 } as const;
    const result = await session.send(call, `${path}/settle`, true);
    const outcome = checked(result, requestOutcomeSchema, result.url);
    if (!isTrouble(outcome) && outcome.state !== "pending") return outcome;
    await delay(askEveryMs);
  }
  return undefined;
}
