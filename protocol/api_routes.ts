import { z } from "zod";
import { accessSchema, signInBodySchema } from "./access";
import {
  addLearnerBodySchema,
  changedAnswerSchema,
  changesBodySchema,
  clusterListSchema,
  createPlanBodySchema,
  emptyBodySchema,
  historyAnswerSchema,
  identitySchema,
  nextLearnerSchema,
  planAnswerSchema,
  removeBodySchema,
  requestOutcomeSchema,
  steerPlanBodySchema,
  transferBodySchema,
  updateAddressBodySchema,
} from "./api";
import { assessmentSchema } from "./assess";
import { machineSchema, processActionBodySchema, processActionSchema, writeLoadBodySchema } from "./machine";
import { membershipViewSchema } from "./membership";
import { problemSchema } from "./problem";
import { changeInProgressSchema, clusterStatusSchema } from "./status";

/** Every schema by the name it has in the document. */
export const apiSchemas = {
  Access: accessSchema,
  AddLearner: addLearnerBodySchema,
  Assessment: assessmentSchema,
  ChangeInProgress: changeInProgressSchema,
  Changed: changedAnswerSchema,
  Changes: changesBodySchema,
  Clusters: clusterListSchema,
  CreatePlan: createPlanBodySchema,
  Empty: emptyBodySchema,
  History: historyAnswerSchema,
  Identity: identitySchema,
  Machine: machineSchema,
  MembershipView: membershipViewSchema,
  NextLearner: nextLearnerSchema,
  Plan: planAnswerSchema,
  Problem: problemSchema,
  ProcessActionBody: processActionBodySchema,
  Ready: z.object({ ok: z.literal(true) }),
  Remove: removeBodySchema,
  RequestOutcome: requestOutcomeSchema,
  SignIn: signInBodySchema,
  Status: clusterStatusSchema,
  SteerPlan: steerPlanBodySchema,
  Transfer: transferBodySchema,
  UpdateAddress: updateAddressBodySchema,
  WriteLoad: writeLoadBodySchema,
} as const;
export type SchemaName = keyof typeof apiSchemas;

/** One operation of the HTTP API, by which the document is built and against which the gateway is tested. */
export interface ApiRoute {
  readonly method: "get" | "post" | "put" | "delete";
  /** With parameters in braces. */
  readonly path: string;
  readonly summary: string;
  readonly body?: SchemaName;
  /** `text`: in plain text. */
  readonly answer: SchemaName | "text";
  /** change: takes If-Match, a request id and a deadline. transfer: the last two only. act: none of them. */
  readonly kind: "read" | "change" | "transfer" | "act";
  readonly query?: readonly Parameter[];
}

/** A parameter of a query. */
interface Parameter {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of its value. */
  readonly schema: Readonly<Record<string, unknown>>;
}

const cluster = "/api/clusters/{cluster}";

/** The HTTP API. The live stream is a WebSocket at `/ws?cluster=` and described in docs/protocol.md. */
export const apiRoutes: readonly ApiRoute[] = [
  { method: "get", path: "/livez", summary: "Who this process is.", answer: "Identity", kind: "read" },
  {
    method: "get",
    path: "/readyz",
    summary: "Whether this console can serve.",
    answer: "Ready",
    kind: "read",
  },
  { method: "get", path: "/metrics", summary: "Figures for Prometheus.", answer: "text", kind: "read" },
  {
    method: "get",
    path: "/api/session",
    summary: "Who the caller is to this console.",
    answer: "Access",
    kind: "read",
  },
  {
    method: "post",
    path: "/api/session",
    summary: "Exchange a token for a session.",
    body: "SignIn",
    answer: "Access",
    kind: "act",
  },
  { method: "delete", path: "/api/session", summary: "End the session.", answer: "Access", kind: "act" },
  {
    method: "get",
    path: "/api/clusters",
    summary: "The clusters, each with its state sentence.",
    answer: "Clusters",
    kind: "read",
  },
  {
    method: "get",
    path: `${cluster}/membership`,
    summary: "The newest membership; its ETag is the fence of a change.",
    answer: "MembershipView",
    kind: "read",
  },
  {
    method: "get",
    path: `${cluster}/status`,
    summary: "The newest status: leader, configuration, health and lag of every member.",
    answer: "Status",
    kind: "read",
  },
  {
    method: "get",
    path: `${cluster}/learners/next`,
    summary: "What this machine would pick for the next learner.",
    answer: "NextLearner",
    kind: "read",
  },
  {
    method: "post",
    path: `${cluster}/learners`,
    summary: "Add a learner.",
    body: "AddLearner",
    answer: "Changed",
    kind: "change",
  },
  {
    method: "post",
    path: `${cluster}/members/{id}/promote`,
    summary: "Promote a learner to voter.",
    body: "Empty",
    answer: "Changed",
    kind: "change",
  },
  {
    method: "post",
    path: `${cluster}/members/{id}/demote`,
    summary: "Demote a voter to learner.",
    body: "Empty",
    answer: "Changed",
    kind: "change",
  },
  {
    method: "delete",
    path: `${cluster}/members/{id}`,
    summary: "Remove a voter or learner; its id is retired.",
    body: "Remove",
    answer: "Changed",
    kind: "change",
    query: [
      {
        name: "stopProcess",
        description: "The same as in the body, for who sends none.",
        schema: { type: "string", enum: ["true", "false"] },
      },
    ],
  },
  {
    method: "put",
    path: `${cluster}/members/{id}/peer-urls`,
    summary: "Give a member other URLs for its peers to dial.",
    body: "UpdateAddress",
    answer: "Changed",
    kind: "change",
  },
  {
    method: "post",
    path: `${cluster}/changes`,
    summary: "Several changes at once, through joint consensus.",
    body: "Changes",
    answer: "Changed",
    kind: "change",
  },
  {
    method: "post",
    path: `${cluster}/leader`,
    summary: "Transfer leadership, fenced by the leader and term seen.",
    body: "Transfer",
    answer: "Changed",
    kind: "transfer",
  },
  {
    method: "post",
    path: `${cluster}/plans`,
    summary: "Make a guided plan: promote when caught up, or replace a voter.",
    body: "CreatePlan",
    answer: "Plan",
    kind: "transfer",
  },
  {
    method: "post",
    path: `${cluster}/plans/{id}/{verb}`,
    summary: "Pause, resume, stop or confirm a guided plan. Stopping undoes nothing.",
    body: "SteerPlan",
    answer: "Plan",
    kind: "act",
  },
  {
    method: "post",
    path: `${cluster}/assess`,
    summary: "Judge a proposed change without making it.",
    body: "Changes",
    answer: "Assessment",
    kind: "read",
  },
  {
    method: "get",
    path: `${cluster}/history`,
    summary: "Durable changes, oldest first.",
    answer: "History",
    kind: "read",
    query: [
      {
        name: "after",
        description: "Only entries with a greater index; 0 if absent.",
        schema: { type: "integer", minimum: 0 },
      },
      {
        name: "limit",
        description: "At most this many; 200 if absent.",
        schema: { type: "integer", minimum: 1, maximum: 1000 },
      },
      {
        name: "learners",
        description: "`omit`: every entry's learners come empty.",
        schema: { type: "string", enum: ["omit"] },
      },
    ],
  },
  {
    method: "get",
    path: `${cluster}/requests/{requestId}`,
    summary: "What a linearizable read knows of a request.",
    answer: "RequestOutcome",
    kind: "read",
  },
  {
    method: "post",
    path: `${cluster}/requests/{requestId}/settle`,
    summary: "End the doubt about a request after its deadline; never answers pending.",
    body: "Empty",
    answer: "RequestOutcome",
    kind: "act",
  },
  {
    method: "get",
    path: "/api/machine",
    summary: "The processes that this console runs on its machine.",
    answer: "Machine",
    kind: "read",
  },
  {
    method: "post",
    path: "/api/machine/processes/{id}/{action}",
    summary: `Act on a process of this machine: ${processActionSchema.options.join(", ")}.`,
    body: "ProcessActionBody",
    answer: "Machine",
    kind: "act",
  },
  {
    method: "post",
    path: "/api/machine/load",
    summary: "Set the write load of this machine.",
    body: "WriteLoad",
    answer: "Machine",
    kind: "act",
  },
];
