import type { IncomingMessage, ServerResponse } from "node:http";
import { problem } from "../../protocol/problem";
import type { Console } from "./console";
import { REQUESTS_MAX } from "./limits";
import { sendPage } from "./page_reply";
import type { Pages } from "./pages";
import { type Reply, refuse, send } from "./reply";
import type { Route, Router } from "./router";
import { Slots } from "./slots";
import { splitTarget } from "./target";
import type { Trust } from "./trust";

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
    const tooMany = (): Reply | undefined =>
      refuse(problem("too-many-requests", `${REQUESTS_MAX} requests are being answered already. Try again.`));
    const reply = await this.slots.run(() => this.answer(request, response), tooMany);
    if (reply === undefined) return;
    // What was not read of a body cannot be skipped safely; the connection ends with the answer.
    if (!request.complete) response.setHeader("connection", "close");
    send(response, reply);
    this.note(request, reply, performance.now() - started);
  }

  /** The reply; undefined where the page has answered itself. */
  private async answer(request: IncomingMessage, response: ServerResponse): Promise<Reply | undefined> {
    const foreign = this.trust.checkHost(request.headers);
    if (foreign !== undefined) return refuse(foreign);
    const target = splitTarget(request.url ?? "");
    if (target === undefined) return refuse(problem("malformed-request", "The request names no path."));
    const method = request.method ?? "GET";
    const found = this.router.find(method, target.path);
    if (found.kind === "problem") {
      return refuse(found.problem, found.allow === undefined ? {} : { allow: found.allow });
    }
    if (found.kind === "route") {
      const incoming = { console: this.console, request, params: found.params, query: target.query };
      return this.forbidden(found.route, request) ?? this.guarded(() => found.route.run(incoming));
    }
    if (target.path === "/api" || target.path.startsWith("/api/")) {
      return refuse(
        problem("not-found", "There is no such path in the API; /api/openapi.json describes it."),
      );
    }
    if (method !== "GET" && method !== "HEAD") {
      return refuse(problem("method-not-allowed", "Pages are only read: GET, HEAD."), { allow: "GET, HEAD" });
    }
    if (target.path === "/ws")
      return refuse(problem("malformed-request", "/ws is a WebSocket: ask for an upgrade."));
    sendPage(this.pages, [...this.console.clusters.keys()], request, response, target);
    return undefined;
  }

  private forbidden(route: Route, request: IncomingMessage): Reply | undefined {
    if (route.method === "GET") return undefined;
    const foreign = this.trust.checkOrigin(request.headers);
    if (foreign !== undefined) return refuse(foreign);
    if (!this.console.readOnly || !route.mutates) return undefined;
    return refuse(problem("read-only", "This console only shows the cluster; change it at another one."));
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

  private note(request: IncomingMessage, reply: Reply, ms: number): void {
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
      actor: this.console.actor,
    });
  }
}
