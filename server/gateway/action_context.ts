import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import {
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

/** Request id and deadline of an action, made up where the caller gave none. */
export function readRequest(
  headers: IncomingHttpHeaders,
  actor: string,
): Checked<Omit<ActionContext, "fence">> {
  const id = check(requestIdSchema, headers[REQUEST_ID_HEADER] ?? randomUUID(), "Idempotency-Key");
  if (!id.ok) return id;
  const deadline = check(
    deadlineSchema,
    headers[DEADLINE_HEADER] ?? String(DEADLINE_MS),
    "Rollcall-Deadline-Ms",
  );
  if (!deadline.ok) return deadline;
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
