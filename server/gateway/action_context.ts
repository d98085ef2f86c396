import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import {
  ACTOR_HEADER,
  DEADLINE_HEADER,
  FORCE_HEADER,
  memberNameSchema,
  REQUEST_ID_HEADER,
  requestIdSchema,
} from "../../protocol/api";
import { parseFence } from "../../protocol/membership";
import { problem } from "../../protocol/problem";
import type { ActionContext } from "../clusters/cluster";
import { accepted, type Checked, check, rejected } from "./checked";

/** A change waits this long (ms) for the leader unless its request says otherwise. */
const DEADLINE_MS = 10_000;
const deadlineSchema = z
  .string()
  .regex(/^\d{1,6}$/, "a deadline is a number of milliseconds")
  .transform(Number)
  .refine((ms) => ms >= 1000 && ms <= 60_000, "a deadline is 1,000 to 60,000 ms");

const actorSchema = z
  .string()
  .transform((text, context) => {
    try {
      return decodeURIComponent(text);
    } catch {
      context.addIssue("an actor is percent-encoded");
      return z.NEVER;
    }
  })
  .pipe(z.string().regex(/^\P{C}{1,64}$/u, "an actor is 1 to 64 printable characters"));

/**
 * Request id and deadline of an action, made up where the caller gave none. `caller` is who holds the token; where that is a console
 * which passes the request on, both names are recorded.
 */
export function readRequest(
  headers: IncomingHttpHeaders,
  caller: string,
): Checked<Omit<ActionContext, "fence">> {
  const id = check(requestIdSchema, headers[REQUEST_ID_HEADER] ?? randomUUID(), "Idempotency-Key");
  if (!id.ok) return id;
  const deadline = check(
    deadlineSchema,
    headers[DEADLINE_HEADER] ?? String(DEADLINE_MS),
    "Rollcall-Deadline-Ms",
  );
  if (!deadline.ok) return deadline;
  const passedOn = headers[ACTOR_HEADER];
  const asker = passedOn === undefined ? accepted(caller) : check(actorSchema, passedOn, "Rollcall-Actor");
  if (!asker.ok) return asker;
  const actor = asker.value === caller ? caller : `${asker.value} via ${caller}`;
  return accepted({ requestId: id.value, actor, timeoutMs: deadline.value });
}

/** The view the operator saw, from If-Match: without it a change would go to whatever the cluster has become. */
export function readFence(headers: IncomingHttpHeaders): Checked<ActionContext["fence"]> {
  const text = headers["if-match"];
  if (text === undefined) {
    const detail = "A change needs the header If-Match with the ETag of the membership it was decided on.";
    return rejected(problem("fence-required", detail));
  }
  const fence = parseFence(text);
  if (fence !== undefined) return accepted(fence);
  const detail = `If-Match takes one ETag of this cluster's membership, as "<epoch>:<index>"; it was ${JSON.stringify(text)}.`;
  return rejected(problem("bad-input", detail, { field: "If-Match" }));
}

/** What the operator typed to force a change that loses quorum; refused where this console forces nothing. */
export function readForce(
  headers: IncomingHttpHeaders,
  allowed: boolean,
): Checked<Pick<ActionContext, "force">> {
  const text = headers[FORCE_HEADER];
  if (text === undefined) return accepted({});
  if (!allowed) {
    const detail =
      "This console was not started to allow it (--allow-unsafe-changes), or this kind of cluster cannot; nothing was done.";
    return rejected(problem("force-not-allowed", detail));
  }
  const name = check(memberNameSchema, text, "Rollcall-Force");
  return name.ok ? accepted({ force: name.value }) : name;
}
