import type { z } from "zod";
import {
  type AddLearnerBody,
  type ChangedAnswer,
  type ClusterSummary,
  changedAnswerSchema,
  clusterListSchema,
  DEADLINE_HEADER,
  FORCE_HEADER,
  type HistoryEntry,
  historyAnswerSchema,
  type MemberChange,
  nextLearnerSchema,
  REQUEST_ID_HEADER,
  type RequestOutcome,
  requestOutcomeSchema,
} from "../protocol/api";
import { type Assessment, assessmentSchema } from "../protocol/assess";
import type { MemberId, MembershipView } from "../protocol/membership";
import { type Problem, problemSchema } from "../protocol/problem";
import type { ActionPorts } from "./action_ports";
import { browserActionPorts } from "./browser";

/** How a change ended, as far as this browser can know. */
export type ActionResult =
  | { readonly kind: "applied"; readonly answer: ChangedAnswer }
  /** The cluster moved on; nothing was done. `membership`: the newest view, where the server sent it. */
  | {
      readonly kind: "fence-lost";
      readonly membership: MembershipView | undefined;
      readonly problem: Problem;
    }
  | { readonly kind: "bad-input"; readonly field: string | undefined; readonly problem: Problem }
  | { readonly kind: "no-leader"; readonly problem: Problem }
  | { readonly kind: "refused"; readonly problem: Problem }
  /** It was sent, and no readable answer came: it may have been applied. Never to be called failed. */
  | { readonly kind: "outcome-unknown"; readonly requestId: string; readonly deadlineAt: number };

/** What every change carries. */
export interface ChangeContext {
  readonly cluster: string;
  /** The fence of the view the operator saw (`etagOf`). */
  readonly etag: string;
  /** Made up when absent; give the same one to repeat a request. */
  readonly requestId?: string;
  /** The name typed to force what loses quorum. */
  readonly force?: string;
}

/** What a reading ended with. */
export type ReadResult<T> =
  | { readonly ok: true; readonly value: T }
  /** `problem` undefined: no readable answer came. */
  | { readonly ok: false; readonly problem: Problem | undefined };

/** The HTTP API as typed calls. */
export interface Actions {
  addLearner(context: ChangeContext, body: AddLearnerBody): Promise<ActionResult>;
  promote(context: ChangeContext, id: MemberId): Promise<ActionResult>;
  demote(context: ChangeContext, id: MemberId): Promise<ActionResult>;
  removeMember(context: ChangeContext, id: MemberId, stopProcess?: boolean): Promise<ActionResult>;
  /** Gives a member other URLs for its peers to dial. */
  updateAddress(context: ChangeContext, id: MemberId, peerUrls: readonly string[]): Promise<ActionResult>;
  /** Several changes at once, joint. */
  change(context: ChangeContext, changes: readonly MemberChange[]): Promise<ActionResult>;
  /** Fenced by the leader and term the operator saw. */
  transfer(
    context: Omit<ChangeContext, "etag">,
    body: { readonly target: MemberId; readonly leader: MemberId | null; readonly term: number },
  ): Promise<ActionResult>;
  assess(cluster: string, changes: readonly MemberChange[]): Promise<ReadResult<Assessment>>;
  nextLearner(
    cluster: string,
  ): Promise<ReadResult<{ readonly id: MemberId; readonly name: string; readonly address: string | null }>>;
  history(
    cluster: string,
    after: number,
    limit?: number,
    /** Leaves out every entry's learners. */
    withoutLearners?: boolean,
  ): Promise<ReadResult<{ readonly entries: readonly HistoryEntry[]; readonly more: boolean }>>;
  requestOutcome(cluster: string, requestId: string): Promise<ReadResult<RequestOutcome>>;
  /** Ends the doubt about a request, after its deadline. */
  settleRequest(cluster: string, requestId: string): Promise<ReadResult<RequestOutcome>>;
  clusters(): Promise<ReadResult<readonly ClusterSummary[]>>;
}

/** Makes the calls over the given ports. */
export function createActions(ports: ActionPorts): Actions {
  const at = (cluster: string, rest: string) => `/api/clusters/${encodeURIComponent(cluster)}/${rest}`;
  const member = (cluster: string, id: MemberId, rest = "") =>
    at(cluster, `members/${encodeURIComponent(id)}${rest}`);
  const mutate = (context: Omit<ChangeContext, "etag"> & { etag?: string }, call: Omit<Call, "headers">) =>
    sendChange(ports, context, call);
  const read = <T>(schema: z.ZodType<T>, call: Omit<Call, "headers">) => readAnswer(ports, schema, call);
  const outcome = (cluster: string, requestId: string, rest: string, method: "GET" | "POST") =>
    read(requestOutcomeSchema, {
      method,
      url: at(cluster, `requests/${encodeURIComponent(requestId)}${rest}`),
      ...(method === "POST" ? { body: {} } : {}),
    });
  return {
    addLearner: (context, body) =>
      mutate(context, {
        method: "POST",
        url: at(context.cluster, "learners"),
        body,
        extraMs: body.start === "local" ? START_MS : 0,
      }),
    promote: (context, id) =>
      mutate(context, { method: "POST", url: member(context.cluster, id, "/promote"), body: {} }),
    demote: (context, id) =>
      mutate(context, { method: "POST", url: member(context.cluster, id, "/demote"), body: {} }),
    removeMember: (context, id, stopProcess) =>
      mutate(context, {
        method: "DELETE",
        url: member(context.cluster, id),
        body: stopProcess === undefined ? {} : { stopProcess },
      }),
    updateAddress: (context, id, peerUrls) =>
      mutate(context, {
        method: "PUT",
        url: member(context.cluster, id, "/peer-urls"),
        body: { peerUrls },
      }),
    change: (context, changes) =>
      mutate(context, { method: "POST", url: at(context.cluster, "changes"), body: { changes } }),
    transfer: (context, body) =>
      mutate(context, { method: "POST", url: at(context.cluster, "leader"), body }),
    assess: (cluster, changes) =>
      read(assessmentSchema, { method: "POST", url: at(cluster, "assess"), body: { changes } }),
    nextLearner: (cluster) => read(nextLearnerSchema, { method: "GET", url: at(cluster, "learners/next") }),
    history: (cluster, after, limit = 200, withoutLearners = false) => {
      const omit = withoutLearners ? "&learners=omit" : "";
      const url = at(cluster, `history?after=${after}&limit=${limit}${omit}`);
      return read(historyAnswerSchema, { method: "GET", url });
    },
    requestOutcome: (cluster, requestId) => outcome(cluster, requestId, "", "GET"),
    settleRequest: (cluster, requestId) => outcome(cluster, requestId, "/settle", "POST"),
    clusters: async () => {
      const result = await read(clusterListSchema, { method: "GET", url: "/api/clusters" });
      return result.ok ? { ok: true, value: result.value.clusters } : result;
    },
  };
}

/** A learner started here is proposed once its process runs, which may take this much longer (ms). */
const START_MS = 20_000;

/** One exchange with the console. */
export interface Call {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly url: string;
  readonly body?: unknown;
  readonly headers: Readonly<Record<string, string>>;
  /** Time (ms) the server needs beyond the deadline. */
  readonly extraMs?: number;
}

/** A readable answer, or undefined where none came in time. */
export async function exchange(
  ports: ActionPorts,
  call: Call,
  timeoutMs: number,
): Promise<{ readonly ok: boolean; readonly body: unknown } | undefined> {
  const abort = new AbortController();
  const timer = ports.setTimer(() => abort.abort(), timeoutMs);
  try {
    const response = await ports.fetch(call.url, {
      method: call.method,
      cache: "no-store",
      signal: abort.signal,
      headers: {
        accept: "application/json, application/problem+json",
        ...(call.body === undefined ? {} : { "content-type": "application/json" }),
        ...call.headers,
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    });
    const body: unknown = await response.json();
    return { ok: response.ok, body };
  } catch {
    return undefined;
  } finally {
    ports.clearTimer(timer);
  }
}

async function sendChange(
  ports: ActionPorts,
  context: Omit<ChangeContext, "etag"> & { etag?: string },
  call: Omit<Call, "headers">,
): Promise<ActionResult> {
  const requestId = context.requestId ?? ports.requestId();
  const allowedMs = ports.deadlineMs + (call.extraMs ?? 0);
  const unknown = { kind: "outcome-unknown", requestId, deadlineAt: ports.now() + allowedMs } as const;
  const headers = {
    [REQUEST_ID_HEADER]: requestId,
    [DEADLINE_HEADER]: String(ports.deadlineMs),
    ...(context.etag === undefined ? {} : { "if-match": context.etag }),
    ...(context.force === undefined ? {} : { [FORCE_HEADER]: context.force }),
  };
  const answer = await exchange(ports, { ...call, headers }, allowedMs + ports.graceMs);
  if (answer === undefined) return unknown;
  if (answer.ok) {
    const parsed = changedAnswerSchema.safeParse(answer.body);
    return parsed.success ? { kind: "applied", answer: parsed.data } : unknown;
  }
  const parsed = problemSchema.safeParse(answer.body);
  if (!parsed.success) return unknown;
  return refusedOrUnknown(parsed.data, unknown);
}

/** An `internal` fault may have struck after the change was taken, so only the cluster's own record can tell. */
function refusedOrUnknown(
  problem: Problem,
  unknown: Extract<ActionResult, { kind: "outcome-unknown" }>,
): ActionResult {
  switch (problem.code) {
    case "outcome-unknown":
      return { ...unknown, requestId: problem.requestId ?? unknown.requestId };
    case "internal":
      return unknown;
    case "fence-lost":
      return { kind: "fence-lost", membership: problem.membership, problem };
    case "no-leader":
      return { kind: "no-leader", problem };
    default:
      return problem.code === "bad-input" || problem.field !== undefined
        ? { kind: "bad-input", field: problem.field, problem }
        : { kind: "refused", problem };
  }
}

async function readAnswer<T>(
  ports: ActionPorts,
  schema: z.ZodType<T>,
  call: Omit<Call, "headers">,
): Promise<ReadResult<T>> {
  const answer = await exchange(ports, { ...call, headers: {} }, ports.deadlineMs);
  if (answer === undefined) return { ok: false, problem: undefined };
  if (answer.ok) {
    const parsed = schema.safeParse(answer.body);
    return parsed.success ? { ok: true, value: parsed.data } : { ok: false, problem: undefined };
  }
  return { ok: false, problem: problemSchema.safeParse(answer.body).data };
}

let page: Actions | undefined;

/** The calls of this page. */
export function pageActions(): Actions {
  page ??= createActions(browserActionPorts());
  return page;
}
