import { z } from "zod";
import { accessSchema, signInBodySchema } from "./access";
import {
  addLearnerBodySchema,
  changedAnswerSchema,
  changesBodySchema,
  clusterListSchema,
  createPlanBodySchema,
  DEADLINE_HEADER,
  emptyBodySchema,
  FORCE_HEADER,
  historyAnswerSchema,
  identitySchema,
  nextLearnerSchema,
  planAnswerSchema,
  planVerbSchema,
  REQUEST_ID_HEADER,
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

/** An OpenAPI 3.1 document. */
export interface OpenApiDocument {
  readonly openapi: "3.1.0";
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, unknown>>;
    readonly securitySchemes: Readonly<Record<string, unknown>>;
  };
  readonly security: readonly unknown[];
}

/** Every schema by the name it has in the document. */
const schemas = {
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
type SchemaName = keyof typeof schemas;

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

/** Describes the HTTP API from the very schemas that server and browser validate with. `version`: the program's. */
export function buildOpenApi(options: { readonly version: string }): OpenApiDocument {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of apiRoutes) {
    paths[route.path] = { ...paths[route.path], [route.method]: operationOf(route) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Rollcall",
      version: options.version,
      description:
        "Membership of consensus clusters. A change carries the ETag its caller saw in If-Match; if the cluster moved on, nothing is done.",
    },
    paths,
    components: {
      schemas: componentSchemas(),
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
    },
    // A console without credentials hears everybody.
    security: [{}, { token: [] }],
  };
}

function componentSchemas(): Record<string, unknown> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  const generated = z.toJSONSchema(registry, { io: "input", uri: (id) => `#/components/schemas/${id}` });
  return Object.fromEntries(
    Object.entries(generated.schemas).map(([id, { $schema: _dialect, $id: _uri, ...schema }]) => [
      id,
      schema,
    ]),
  );
}

const reference = (name: SchemaName) => ({ $ref: `#/components/schemas/${name}` });

const etag = {
  description: 'The fence of the membership: "<epoch>:<committedIndex>".',
  schema: { type: "string" },
};

/** Whether an answer comes with the fence of what it shows. */
function fenced({ answer }: ApiRoute): boolean {
  return answer === "MembershipView" || answer === "Changed";
}

function operationOf(route: ApiRoute): Record<string, unknown> {
  return {
    operationId: operationId(route),
    summary: route.summary,
    parameters: parametersOf(route),
    ...(route.body === undefined
      ? {}
      : { requestBody: { content: { "application/json": { schema: reference(route.body) } } } }),
    responses: {
      "200": {
        description: "OK",
        ...(fenced(route) ? { headers: { ETag: etag } } : {}),
        content:
          route.answer === "text"
            ? { "text/plain": { schema: { type: "string" } } }
            : { "application/json": { schema: reference(route.answer) } },
      },
      ...(route.answer === "MembershipView"
        ? { "304": { description: "It is still the one in If-None-Match.", headers: { ETag: etag } } }
        : {}),
      default: {
        description: "A problem of the catalogue (RFC 9457).",
        content: { "application/problem+json": { schema: reference("Problem") } },
      },
    },
  };
}

function operationId({ method, path }: ApiRoute): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== "" && word !== "api");
  return [method, ...words].join("-");
}

/** Parameters of paths that are one of a few words. */
const words: Readonly<Record<string, readonly string[]>> = {
  action: processActionSchema.options,
  verb: planVerbSchema.options,
};

function parametersOf(route: ApiRoute): unknown[] {
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  const fromPath = names.map((name) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string", ...(words[name] === undefined ? {} : { enum: words[name] }) },
  }));
  const fromQuery = (route.query ?? []).map((parameter) => ({ ...parameter, in: "query" }));
  return [...fromPath, ...fromQuery, ...headersOf(route)];
}

function headersOf({ kind, answer }: ApiRoute): unknown[] {
  const header = (name: string, required: boolean, description: string) => ({
    name,
    in: "header",
    required,
    description,
    schema: { type: "string" },
  });
  if (answer === "MembershipView") {
    return [
      header("If-None-Match", false, "The fence of the view the caller has: 304 while it is the newest."),
    ];
  }
  if (kind !== "change" && kind !== "transfer") return [];
  const fence = header("If-Match", true, 'The view the caller saw: "<epoch>:<committedIndex>".');
  return [
    ...(kind === "change" ? [fence] : []),
    header(REQUEST_ID_HEADER, false, "A repeat with the same id gets the first outcome."),
    ...(kind === "change"
      ? [
          header(
            FORCE_HEADER,
            false,
            "The member's name, typed, to force what loses quorum; only where the console allows it.",
          ),
        ]
      : []),
    header(
      DEADLINE_HEADER,
      false,
      "Milliseconds for which the answering node goes on trying, 1,000 to 60,000.",
    ),
  ];
}
