import type { IncomingMessage, ServerResponse } from "node:http";
import { VIEWER_ROLE } from "../../protocol/access";
import { type Problem, problem } from "../../protocol/problem";
import { type Caller, tooManyGuesses, unauthenticated } from "./access";
import type { Console } from "./console";
import { REQUESTS_MAX } from "./limits";
import { sendPage } from "./page_reply";
import type { Pages } from "./pages";
import { type Reply, refuse, send } from "./reply";
import type { Found, Route, Router } from "./router";
import { Slots } from "./slots";
import { splitTarget } from "./target";
import type { Trust } from "./trust";

/** Whom an open route answers where the caller is not known. */
const nobody: Caller = { role: "viewer", actor: "", signedIn: false, expiresAt: null };

/** What a request is answered with, and whom it came from, where that is known. */
interface Answered {
  readonly reply: Reply;
  readonly actor?: string | null;
}

/** Answers HTTP requests: the API by its routes, the rest with the page. Every refusal is a problem of the catalogue. */
export class RequestHandler {
  private readonly console: Console;
  private readonly router: Router;
  private readonly trust: Trust;
  private readonly pages: Pages | undefined;
  private readonly slots = new Slots(REQUESTS_MAX);
  /** Answers end their connection from now on. */
  draining = false;

  constructor(console: Console, router: Router, trust: Trust, pages: Pages | undefined) {
    this.console = console;
    this.router = router;
    this.trust = trust;
    this.pages = pages;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = performance.now();
    response.on("error", () => {});
    if (this.draining) response.setHeader("connection", "close");
    const answered = await this.answer(request, response);
    if (answered === undefined) return;
    const { reply } = answered;
    // What was not read of a body cannot be skipped safely; the connection ends with the answer.
    if (!request.complete) response.setHeader("connection", "close");
    send(response, reply);
    this.console.metrics.answered(request.method ?? "", reply.status);
    this.note(request, answered, performance.now() - started);
  }

  /** The reply; undefined where the page has answered itself. */
  private async answer(request: IncomingMessage, response: ServerResponse): Promise<Answered | undefined> {
    const foreign = this.trust.checkHost(request);
    if (foreign !== undefined) return { reply: refuse(foreign) };
    const target = splitTarget(request.url ?? "", this.console.basePath);
    if (target === undefined) {
      return { reply: refuse(problem("malformed-request", "The request names no path.")) };
    }
    const method = request.method ?? "GET";
    const found = this.router.find(method, target.path);
    if (found.kind === "route") return this.routed(found, request, target.query);
    if (found.kind === "problem") {
      return { reply: refuse(found.problem, found.allow === undefined ? {} : { allow: found.allow }) };
    }
    const refused = refusedPage(method, target.path);
    if (refused !== undefined) return { reply: refused };
    const { clusters, basePath } = this.console;
    sendPage(this.pages, { clusters: [...clusters.keys()], basePath }, request, response, target);
    this.console.metrics.answered(method, response.statusCode);
    return undefined;
  }

  /** Takes a request to its route, as whoever asks. */
  private async routed(
    found: Extract<Found, { kind: "route" }>,
    request: IncomingMessage,
    query: URLSearchParams,
  ): Promise<Answered> {
    const { route, params } = found;
    if (route.method !== "GET") {
      const foreign = this.trust.checkOrigin(request.headers);
      if (foreign !== undefined) return { reply: refuse(foreign) };
    }
    const heard = this.console.access.hear(request.headers, request.socket.remoteAddress ?? "");
    if (heard.kind === "wait" && !route.open) {
      const { problem: waiting, retryAfter } = tooManyGuesses(heard.ms);
      return { reply: refuse(waiting, { "retry-after": retryAfter }) };
    }
    if (heard.kind === "nobody" && !route.open) {
      return { reply: refuse(unauthenticated(), { "www-authenticate": "Bearer" }) };
    }
    const caller = heard.kind === "caller" ? heard.caller : nobody;
    const actor = heard.kind === "caller" ? caller.actor : null;
    const forbidden = this.forbidden(route, caller);
    if (forbidden !== undefined) return { reply: refuse(forbidden), actor };
    const incoming = {
      console: this.console,
      caller,
      request,
      params,
      query,
      inTurn: (work: () => Promise<Reply>) => this.slots.run(work, tooManyAtOnce),
    };
    return { reply: await this.guarded(() => route.run(incoming)), actor };
  }

  private forbidden(route: Route, caller: Caller): Problem | undefined {
    if (!route.mutates) return undefined;
    if (this.console.readOnly) {
      return problem("read-only", "This console only shows the cluster; change it at another one.");
    }
    if (caller.role === "operator") return undefined;
    return problem("viewer-role", `${VIEWER_ROLE} It sees everything and changes nothing.`);
  }

  /** A bug in a route is this console's fault, not the caller's, and takes nothing else down. */
  private async guarded(run: () => Promise<Reply>): Promise<Reply> {
    try {
      return await run();
    } catch (error) {
      const stack = error instanceof Error ? error.stack : String(error);
      this.console.log("error", "a request failed", { stack });
      return refuse(problem("internal", "This console failed at the request; its log says more."));
    }
  }

  private note(request: IncomingMessage, { reply, actor = null }: Answered, ms: number): void {
    if (request.method === "GET" || request.method === "HEAD") {
      if (reply.status < 500) return;
    }
    const { method } = request;
    const path = (request.url ?? "").split("?")[0];
    const { status } = reply;
    const code = reply.problem?.code;
    const level = status >= 500 ? "warn" : "info";
    this.console.log(level, "request", {
      method,
      path,
      status,
      code,
      ms: Math.round(ms),
      actor,
    });
  }
}

function tooManyAtOnce(): Reply {
  const detail = `${REQUESTS_MAX} requests are being answered already. Try again.`;
  return refuse(problem("too-many-requests", detail));
}

/** Why a request outside the API's routes is not for a file of the page; undefined: it is. */
function refusedPage(method: string, path: string): Reply | undefined {
  if (path === "/api" || path.startsWith("/api/")) {
    return refuse(problem("not-found", "There is no such path in the API; /api/openapi.json describes it."));
  }
  if (method !== "GET" && method !== "HEAD") {
    return refuse(problem("method-not-allowed", "Pages are only read: GET, HEAD."), { allow: "GET, HEAD" });
  }
  if (path !== "/ws") return undefined;
  return refuse(problem("malformed-request", "/ws is a WebSocket: ask for an upgrade."));
}
