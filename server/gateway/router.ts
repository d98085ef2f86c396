import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { type Problem, problem } from "../../protocol/problem";
import type { Caller } from "./access";
import { readBody } from "./body";
import { check } from "./checked";
import type { Console } from "./console";
import { type Reply, refuse } from "./reply";

export type Method = "GET" | "POST" | "PUT" | "DELETE";

/** One request on its way to its route, already found to be addressed to this console. */
export interface Incoming {
  readonly console: Console;
  readonly caller: Caller;
  readonly request: IncomingMessage;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Runs what answers, or says that too much runs already: only what has arrived whole takes a place, however slowly others send. */
  readonly inTurn: (work: () => Promise<Reply>) => Promise<Reply>;
}

/** What a handler gets: everything checked. */
export interface Call<Params, Query, Body> {
  readonly console: Console;
  /** Who asks; of an open route that nobody is known to, a viewer without a name. */
  readonly caller: Caller;
  readonly request: IncomingMessage;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
}

/** One method of one path. */
export interface Route {
  readonly method: Method;
  /** Segments beginning with ":" are parameters. */
  readonly path: string;
  /** Whether it changes anything: Origin is checked, and a read-only console refuses it. */
  readonly mutates: boolean;
  /** Answers whoever asks, also where the console wants credentials. */
  readonly open: boolean;
  run(incoming: Incoming): Promise<Reply>;
}

const nothing = z.strictObject({});

interface RouteSpec<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  readonly method: Method;
  readonly path: string;
  /** Absent: every other than a GET does. */
  readonly mutates?: boolean;
  /** Absent: only callers the console knows. */
  readonly open?: boolean;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly handle: (call: Call<z.output<P>, z.output<Q>, z.output<B>>) => Promise<Reply> | Reply;
}

/** Makes a route: parameters, query and body reach `handle` only once they match their schemas. */
export function route<
  P extends z.ZodType = typeof nothing,
  Q extends z.ZodType = typeof nothing,
  B extends z.ZodType = typeof nothing,
>(spec: RouteSpec<P, Q, B>): Route {
  const reads = spec.method === "GET";
  return {
    method: spec.method,
    path: spec.path,
    mutates: spec.mutates ?? !reads,
    open: spec.open ?? false,
    async run(incoming) {
      const params = check(spec.params ?? nothing, incoming.params);
      if (!params.ok) return refuse(params.problem);
      const query = check(spec.query ?? nothing, plainQuery(incoming.query));
      if (!query.ok) return refuse(query.problem);
      const read = reads ? ({ ok: true, value: {} } as const) : await readBody(incoming.request);
      if (!read.ok) return refuse(read.problem);
      const body = check(spec.body ?? nothing, read.value);
      if (!body.ok) return refuse(body.problem);
      return incoming.inTurn(async () =>
        spec.handle({
          console: incoming.console,
          caller: incoming.caller,
          request: incoming.request,
          params: params.value as z.output<P>,
          query: query.value as z.output<Q>,
          body: body.value as z.output<B>,
        }),
      );
    },
  };
}

/** A query as an object; a repeated name becomes a list, which no schema takes. */
function plainQuery(query: URLSearchParams): Record<string, string | string[]> {
  const plain: Record<string, string | string[]> = {};
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name);
    Object.defineProperty(plain, name, { value: values.length === 1 ? values[0] : values, enumerable: true });
  }
  return plain;
}

/** Where a request leads: a route with its parameters, or why to none. */
export type Found =
  | { readonly kind: "route"; readonly route: Route; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: "none" }
  | { readonly kind: "problem"; readonly problem: Problem; readonly allow?: string };

/** Finds routes by method and path. HEAD goes where GET goes. */
export class Router {
  private readonly routes: readonly { readonly route: Route; readonly segments: readonly string[] }[];

  constructor(routes: readonly Route[]) {
    this.routes = routes.map((one) => ({ route: one, segments: one.path.split("/") }));
  }

  find(method: string, path: string): Found {
    const segments = decode(path);
    if (segments === undefined) {
      return { kind: "problem", problem: problem("malformed-request", "The path is not properly encoded.") };
    }
    const here = this.routes.flatMap(({ route: one, segments: pattern }) => {
      const params = match(pattern, segments);
      return params === undefined ? [] : [{ route: one, params }];
    });
    if (here.length === 0) return { kind: "none" };
    const wanted = method === "HEAD" ? "GET" : method;
    const found = here.find((one) => one.route.method === wanted);
    if (found !== undefined) return { kind: "route", ...found };
    const allow = here
      .flatMap(({ route: { method: one } }) => (one === "GET" ? ["GET", "HEAD"] : [one]))
      .join(", ");
    return {
      kind: "problem",
      problem: problem("method-not-allowed", `${method} is not offered here; ${allow} is.`),
      allow,
    };
  }
}

function decode(path: string): string[] | undefined {
  try {
    return path.split("/").map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

function match(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [position, expected] of pattern.entries()) {
    const segment = segments[position] ?? "";
    if (expected.startsWith(":")) params[expected.slice(1)] = segment;
    else if (expected !== segment) return undefined;
  }
  return params;
}
