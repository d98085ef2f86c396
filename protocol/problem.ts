import { z } from "zod";
import { membershipViewSchema } from "./membership";
import { changeInProgressSchema } from "./status";

/** The error catalogue: every code the API answers with, its HTTP status and its title. docs/protocol.md explains each. */
export const problemCatalogue = {
  "malformed-request": { status: 400, title: "The request could not be read" },
  unauthenticated: { status: 401, title: "Sign in" },
  "forbidden-origin": { status: 403, title: "Requests from that origin are not accepted" },
  "read-only": { status: 403, title: "This console is read-only" },
  "viewer-role": { status: 403, title: "Viewers change nothing" },
  "force-not-allowed": { status: 403, title: "This console forces nothing" },
  "not-found": { status: 404, title: "There is no such thing here" },
  "not-a-member": { status: 404, title: "Not a member" },
  "method-not-allowed": { status: 405, title: "That method is not offered here" },
  "fence-lost": { status: 412, title: "The cluster changed; nothing was done" },
  "too-large": { status: 413, title: "The request is too large" },
  "unsupported-media-type": { status: 415, title: "Bodies are application/json" },
  "bad-input": { status: 422, title: "A field is not acceptable" },
  "fence-required": { status: 428, title: "If-Match is required" },
  "would-lose-quorum": { status: 409, title: "Refused: quorum would be lost" },
  "change-in-progress": { status: 409, title: "Another change is in progress" },
  "not-caught-up": { status: 409, title: "Refused: the learner is not ready to vote" },
  "id-retired": { status: 409, title: "Refused: that id was removed and stays retired" },
  "already-member": { status: 409, title: "Refused: already a member" },
  "address-taken": { status: 409, title: "Refused: that address belongs to another member" },
  "not-a-learner": { status: 409, title: "Refused: not a learner" },
  "not-a-voter": { status: 409, title: "Refused: not a voter" },
  "invalid-change": { status: 409, title: "Refused: the change is not valid now" },
  "learner-limit": { status: 409, title: "Refused: no room for another learner" },
  "cluster-unhealthy": { status: 409, title: "Refused: the cluster's members are not all in order" },
  "leader-changed": { status: 409, title: "Leadership moved; nothing was done" },
  "transfer-failed": { status: 409, title: "The target did not take over" },
  "would-stop-quorum": { status: 409, title: "Stopping it would lose quorum" },
  "process-state": { status: 409, title: "The process is not in that state" },
  "request-id-reused": { status: 409, title: "That request id was used for another request" },
  unsupported: { status: 409, title: "This cluster cannot do that" },
  "too-many-requests": { status: 429, title: "Too many requests at once" },
  "too-many-guesses": { status: 429, title: "Too many wrong tokens" },
  "start-failed": { status: 500, title: "The process did not start" },
  internal: { status: 500, title: "Something went wrong here" },
  "no-leader": { status: 503, title: "No leader" },
  "not-ready": { status: 503, title: "This node is not ready" },
  "node-removed": { status: 503, title: "This node was removed from the cluster" },
  unrecorded: { status: 503, title: "This console cannot record changes" },
  "cluster-access": { status: 502, title: "The cluster does not let this console in" },
  "outcome-unknown": { status: 504, title: "Outcome unknown" },
} as const satisfies Record<string, { status: number; title: string }>;

/** What a client decides by; `docs/protocol.md` says what each means and what to do. */
export type ProblemCode = keyof typeof problemCatalogue;

/** An RFC 9457 problem. `detail` is one or two sentences for the operator: what was wrong, where, what to do. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  code: z.enum(Object.keys(problemCatalogue) as [ProblemCode, ...ProblemCode[]]),
  /** The offending field of a `bad-input`, `id-retired`, `already-member` or `address-taken`, e.g. "id" or "address". */
  field: z.string().optional(),
  /** The next free id, where an id was refused. */
  nextFreeId: z.string().optional(),
  /** The newest membership, with `fence-lost`. */
  membership: membershipViewSchema.optional(),
  inProgress: changeInProgressSchema.optional(),
  /** The leader and term in force, with `leader-changed` and `transfer-failed`. */
  leader: z.object({ id: z.string().nullable(), term: z.number() }).optional(),
  /** With `outcome-unknown`: what to ask `GET .../requests/{id}` about. */
  requestId: z.string().optional(),
});
export type Problem = z.infer<typeof problemSchema>;

/** Makes a problem of the catalogue. */
export function problem(code: ProblemCode, detail: string, extra: Partial<Problem> = {}): Problem {
  const { status, title } = problemCatalogue[code];
  return { type: `urn:rollcall:problem:${code}`, title, status, detail, code, ...extra };
}
