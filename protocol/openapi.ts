import { z } from "zod";
import { DEADLINE_HEADER, FORCE_HEADER, planVerbSchema, REQUEST_ID_HEADER } from "./api";
import { type ApiRoute, apiRoutes, apiSchemas, type SchemaName } from "./api_routes";
import { processActionSchema } from "./machine";

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
  for (const [id, schema] of Object.entries(apiSchemas)) registry.add(schema, { id });
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
