import type { z } from "zod";
import {
  type ChangedAnswer,
  type CreatePlanBody,
  changedAnswerSchema,
  clusterListSchema,
  type HistoryEntry,
  historyAnswerSchema,
  nextLearnerSchema,
  REQUEST_ID_HEADER,
  type RequestOutcome,
  requestOutcomeSchema,
} from "../../protocol/api";
import { type Assessment, assessmentSchema } from "../../protocol/assessment";
import { etagOf, type MembershipView, membershipViewSchema } from "../../protocol/membership";
import { type Problem, problemSchema } from "../../protocol/problem";
import {
  type Capabilities,
  type ClusterStatus,
  clusterStatusSchema,
  type MemberStatus,
} from "../../protocol/status";
import { eventually } from "../eventually";

/** A console that does not answer within this time (ms) does not answer. */
const ANSWER_MS = 30_000;

/** Refusals of a moment without a leader. */
const electing: ReadonlySet<string> = new Set(["no-leader", "not-ready", "outcome-unknown"]);
/** Refusals that pass by themselves. */
const passing: ReadonlySet<string> = new Set([
  "cluster-unhealthy",
  "no-leader",
  "fence-lost",
  "not-ready",
  "change-in-progress",
]);

/** How a change ended. */
export type Ended =
  | { readonly ok: true; readonly answer: ChangedAnswer }
  | { readonly ok: false; readonly problem: Problem };

/** Whether something was done. */
export type Answered = { readonly ok: true } | { readonly ok: false; readonly problem: Problem };

/** One cluster of one console, spoken to as a script would: any kind, by the same calls. */
export class ClusterApi {
  /** URL of the console. */
  readonly console: string;
  readonly name: string;
  private requests = 0;

  constructor(console: string, name: string) {
    this.console = console;
    this.name = name;
  }

  view(): Promise<MembershipView> {
    return this.read("membership", membershipViewSchema);
  }

  status(): Promise<ClusterStatus> {
    return this.read("status", clusterStatusSchema);
  }

  async history(): Promise<readonly HistoryEntry[]> {
    return (await this.read("history?limit=1000", historyAnswerSchema)).entries;
  }

  /** The id that the console would pick for a learner now. */
  async nextId(): Promise<string> {
    return (await this.read("learners/next", nextLearnerSchema)).id;
  }

  /** What became of a request, once a leader can be asked. */
  outcome(requestId: string): Promise<RequestOutcome> {
    return eventually(`${requestId} is known`, () =>
      this.read(`requests/${requestId}`, requestOutcomeSchema),
    );
  }

  async settle(requestId: string): Promise<RequestOutcome> {
    const { body } = await this.send("POST", `requests/${requestId}/settle`, {}, {});
    return requestOutcomeSchema.parse(body);
  }

  async capabilities(): Promise<Capabilities> {
    const answer = await fetch(`${this.console}/api/clusters`, { signal: AbortSignal.timeout(ANSWER_MS) });
    const { clusters } = clusterListSchema.parse(await answer.json());
    const found = clusters.find(({ name }) => name === this.name);
    if (found === undefined) throw new Error(`${this.console} has no cluster ${this.name}`);
    return found.capabilities;
  }

  async assess(changes: readonly unknown[]): Promise<Assessment> {
    const { body } = await this.send("POST", "assess", { changes }, {});
    return assessmentSchema.parse(body);
  }

  /** Makes a change, fenced by the newest view unless another fence is given. */
  async change(
    method: "POST" | "PUT" | "DELETE",
    path: string,
    body: unknown = {},
    more: { readonly ifMatch?: string | null; readonly requestId?: string } = {},
  ): Promise<Ended> {
    const { ifMatch = etagOf(await this.view()), requestId = this.nextRequest() } = more;
    const headers = { [REQUEST_ID_HEADER]: requestId, ...(ifMatch === null ? {} : { "if-match": ifMatch }) };
    const answer = await this.send(method, path, body, headers);
    return answer.ok
      ? { ok: true, answer: changedAnswerSchema.parse(answer.body) }
      : { ok: false, problem: problemSchema.parse(answer.body) };
  }

  /** Makes a guided plan; a problem where none was made. */
  async plan(plan: CreatePlanBody): Promise<Answered> {
    const headers = { [REQUEST_ID_HEADER]: this.nextRequest() };
    const { ok, body } = await this.send("POST", "plans", plan, headers);
    return ok ? { ok } : { ok, problem: problemSchema.parse(body) };
  }

  /** Makes a change as soon as it is taken: what passes by itself - an election, etcd's 5 s after a start, a fence - is waited for. */
  applied(method: "POST" | "PUT" | "DELETE", path: string, body: unknown = {}): Promise<ChangedAnswer> {
    return eventually(`${method} ${path} is applied`, async () => {
      const ended = await this.change(method, path, body);
      if (ended.ok) return ended.answer;
      if (passing.has(ended.problem.code)) return undefined;
      // A doubt is settled, never repeated.
      if (ended.problem.code === "outcome-unknown") await this.settle(ended.problem.requestId ?? "");
      throw new Error(JSON.stringify(ended.problem));
    });
  }

  /** The problem a change is refused with for good: an election, which a busy machine may bring about at any time, is waited for. */
  refusal(attempt: () => Promise<Answered>): Promise<Problem> {
    return eventually("the change is refused for good", async () => {
      const ended = await attempt();
      if (ended.ok) throw new Error("it was done");
      return electing.has(ended.problem.code) ? undefined : ended.problem;
    });
  }

  /** Waits for a status, and answers it. */
  until(what: string, holds: (status: ClusterStatus) => boolean): Promise<ClusterStatus> {
    return eventually(`${this.name}: ${what}`, async () => {
      const status = await this.status();
      return holds(status) ? status : undefined;
    });
  }

  /** Waits until so many voters are healthy and agree on a leader. */
  settled(voters: number): Promise<ClusterStatus> {
    return this.until(`${voters} healthy voters agree on a leader`, (status) => isSettled(status, voters));
  }

  nextRequest(): string {
    this.requests += 1;
    return `contract-${this.requests}-${Math.random().toString(36).slice(2, 10)}`;
  }

  private async read<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    const { ok, body } = await this.send("GET", path, undefined, {});
    if (!ok) throw new Error(`${path}: ${JSON.stringify(body)}`);
    return schema.parse(body);
  }

  private async send(method: string, path: string, body: unknown, headers: Record<string, string>) {
    const answer = await fetch(`${this.console}/api/clusters/${this.name}/${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return { ok: answer.ok, body: (await answer.json()) as unknown };
  }
}

/** Whether so many voters are healthy and agree on a leader. */
export function isSettled({ configuration, leadership, members }: ClusterStatus, voters: number): boolean {
  return (
    configuration.incoming.length === voters &&
    leadership.id !== null &&
    leadership.agree === voters &&
    healthyVoters(members) === voters
  );
}

/** How many voters are healthy. */
export function healthyVoters(members: readonly MemberStatus[]): number {
  return members.filter(({ role, health }) => role === "voter" && health.state === "healthy").length;
}
