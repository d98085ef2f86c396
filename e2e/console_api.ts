import { z } from "zod";
import { type HistoryEntry, historyAnswerSchema } from "../protocol/api";
import { etagOf, type MembershipView, membershipViewSchema } from "../protocol/membership";
import { type Problem, problemSchema } from "../protocol/problem";
import { type ClusterStatus, clusterStatusSchema } from "../protocol/status";
import { eventually } from "./eventually";

/** A console that does not answer within this time (ms) does not answer; a frozen one never does. */
const ANSWER_MS = 10_000;
/** Addresses of learners that nobody starts count up from this port, where nothing listens. */
const SILENT_PORTS = 1;

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

/** Who leads. */
export interface Leader {
  readonly id: string;
  readonly name: string;
  readonly term: number;
}

/** Who leads, once a console knows that: right after a start or an election it may not. */
export function readLeader(url: string): Promise<Leader> {
  return eventually(`${url} knows a leader`, async () => {
    const { leadership, members } = await readStatus(url);
    const { id, term } = leadership;
    const name = members.find((member) => member.id === id)?.name;
    return id === null || name === undefined ? undefined : { id, name, term };
  });
}

/** The durable history, oldest first. */
export async function readHistory(url: string): Promise<readonly HistoryEntry[]> {
  return (await read(`${url}/api/clusters/local/history?limit=1000`, historyAnswerSchema)).entries;
}

/** Pid of the process that a console runs in. */
export async function readPid(url: string): Promise<number> {
  return (await read(`${url}/livez`, z.object({ pid: z.number() }))).pid;
}

/** Makes a change on the newest membership, as a script would; throws where it was refused. Tries again while there is no leader. */
export async function change(
  url: string,
  method: "POST" | "DELETE",
  path: string,
  body: unknown = {},
): Promise<void> {
  await eventually(`${method} ${path} is applied`, async () => {
    const ifMatch = etagOf(await readMembership(url));
    const { status, problem } = await sendChange(url, { method, path, ifMatch, body });
    if (status !== 200) throw new Error(`${status} ${problem?.detail}`);
    return true;
  });
}

/** Adds a learner that nobody starts, so that adding it takes no process. */
export function addSilentLearner(url: string, id: number): Promise<void> {
  const body = { id: String(id), name: `n${id}`, address: `127.0.0.1:${SILENT_PORTS + id}` };
  return change(url, "POST", "learners", body);
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
