import type { z } from "zod";
import { type HistoryEntry, historyAnswerSchema } from "../protocol/api";
import { type MembershipView, membershipViewSchema } from "../protocol/membership";
import { type Problem, problemSchema } from "../protocol/problem";
import { type ClusterStatus, clusterStatusSchema } from "../protocol/status";

/** A console that does not answer within this time (ms) does not answer; a frozen one never does. */
const ANSWER_MS = 3000;

async function read<T>(url: string, schema: z.ZodType<T>): Promise<T> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return schema.parse(await answer.json());
}

/** The newest membership as a console has it. */
export function readMembership(url: string): Promise<MembershipView> {
  return read(`${url}/api/clusters/local/membership`, membershipViewSchema);
}

/** The newest status as a console has it. */
export function readStatus(url: string): Promise<ClusterStatus> {
  return read(`${url}/api/clusters/local/status`, clusterStatusSchema);
}

/** The durable history, oldest first. */
export async function readHistory(url: string): Promise<readonly HistoryEntry[]> {
  return (await read(`${url}/api/clusters/local/history?limit=1000`, historyAnswerSchema)).entries;
}

/** Pid of the process that a console runs in. */
export async function readPid(url: string): Promise<number> {
  const answer = await fetch(`${url}/livez`, { signal: AbortSignal.timeout(ANSWER_MS) });
  const body: { pid: number } = await answer.json();
  return body.pid;
}

/** Sends a change as a script would: the HTTP status, and the problem where it was refused. */
export async function sendChange(
  url: string,
  change: { method: "POST" | "DELETE"; path: string; ifMatch?: string; body?: unknown },
): Promise<{ readonly status: number; readonly problem: Problem | undefined }> {
  const answer = await fetch(`${url}/api/clusters/local/${change.path}`, {
    method: change.method,
    headers: {
      "content-type": "application/json",
      ...(change.ifMatch === undefined ? {} : { "if-match": change.ifMatch }),
    },
    body: JSON.stringify(change.body ?? {}),
  });
  const body: unknown = await answer.json();
  return { status: answer.status, problem: answer.ok ? undefined : problemSchema.parse(body) };
}
