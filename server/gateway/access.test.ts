import type { IncomingHttpHeaders } from "node:http";
import { describe, expect, it } from "vitest";
import { accessSchema } from "../../protocol/access";
import { closeCodes, type HelloFrame, type ServerFrame } from "../../protocol/frames";
import { ManualTimers } from "../clusters/testing/manual_timers";
import { Access, type Caller, type Credential } from "./access";
import { ALL_GUESSES_MAX, GUESS_EVERY_MS, GUESSES_MAX, SESSION_MS } from "./limits";
import { ask, openGateway, sayRaw } from "./testing/ask";
import { Listener, listen, openStream } from "./testing/listen";
import { MemoryCluster } from "./testing/memory_cluster";

const operator: Credential = { role: "operator", actor: "ada", token: "operator-0123456789abcdef" };
const viewer: Credential = { role: "viewer", actor: "viewer", token: "viewer-0123456789abcdef" };
const credentials = [operator, viewer];
const bearer = ({ token }: Credential) => ({ authorization: `Bearer ${token}` });
const isHello = (frame: ServerFrame): frame is HelloFrame => frame.type === "hello";
const fence = { "if-match": '"e1:1"' };
const promote = { method: "POST", path: "/api/clusters/local/members/4/promote" } as const;

function access(now: () => number, of: readonly Credential[] = credentials): Access {
  return new Access({ credentials: of, actor: "root", port: 7400, basePath: "", secure: false, now });
}

const address = "192.0.2.7";

/** Who asks, where the console knows him. */
function callerOf(of: Access, headers: IncomingHttpHeaders, from = address): Caller | undefined {
  const heard = of.hear(headers, from);
  return heard.kind === "caller" ? heard.caller : undefined;
}

/** The cookie a token is exchanged for; "" where there is none. */
function cookieFor(of: Access, token: string): string {
  const session = of.signIn(token, address);
  return session.kind === "session" ? session.cookie : "";
}

/** What a browser sends back of a Set-Cookie. */
const cookieOf = (setCookie: string) => ({ cookie: `other=1; ${setCookie.split(";")[0]}` });

describe("a console without credentials", () => {
  it("takes whoever reaches it for an operator, under its own name", () => {
    const open = access(() => 0, []);
    expect(open.required).toBe(false);
    expect(callerOf(open, {})).toMatchObject({ role: "operator", actor: "root", expiresAt: null });
  });
});

describe("a console with credentials", () => {
  it("knows a bearer token's role and name, and nobody else", () => {
    const closed = access(() => 0);
    expect(callerOf(closed, bearer(operator))).toMatchObject({ role: "operator", actor: "ada" });
    expect(callerOf(closed, bearer(viewer))).toMatchObject({ role: "viewer" });
    for (const headers of [
      {},
      { authorization: "" },
      { authorization: `Basic ${operator.token}` },
      { authorization: `Bearer ${operator.token}x` },
      { authorization: "Bearer" },
      { cookie: "rollcall_7400=" },
      { cookie: "rollcall_7400=a.b" },
    ]) {
      expect(callerOf(closed, headers)).toBeUndefined();
    }
  });

  it("gives a session for a token, which ends after 12 hours", () => {
    let now = 1000;
    const closed = access(() => now);
    expect(closed.signIn("no such token", address)).toEqual({ kind: "nobody" });
    const cookie = cookieFor(closed, operator.token);
    expect(cookie).toMatch(/^rollcall_7400=\S+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain(operator.token);
    expect(callerOf(closed, cookieOf(cookie))).toMatchObject({
      role: "operator",
      actor: "ada",
      signedIn: true,
    });
    now += SESSION_MS;
    expect(callerOf(closed, cookieOf(cookie))).toBeUndefined();
  });

  it("takes no session that was made up, changed, or sealed with a token that is gone", () => {
    const closed = access(() => 0);
    const cookie = cookieFor(closed, viewer.token);
    const [claims = "", seal = ""] = cookie.slice("rollcall_7400=".length).split(";")[0]?.split(".") ?? [];
    const raised = Buffer.from(JSON.stringify(["operator", "ada", SESSION_MS])).toString("base64url");
    for (const value of [`${raised}.${seal}`, `${claims}.`, claims, `${claims}.${seal}x`]) {
      expect(callerOf(closed, { cookie: `rollcall_7400=${value}` })).toBeUndefined();
    }
    const changed = access(() => 0, [operator, { ...viewer, token: "another-0123456789abcdef" }]);
    expect(callerOf(closed, cookieOf(cookie))).toBeDefined();
    expect(callerOf(changed, cookieOf(cookie))).toBeUndefined();
  });

  it("shows nothing to whoever has no token, but that it lives", async () => {
    const gateway = await openGateway({ clusters: [new MemoryCluster()], credentials });
    for (const path of ["/api/clusters", "/metrics", "/api/clusters/local/history", "/api/openapi.json"]) {
      const answer = await ask(gateway, { path });
      expect([answer.status, answer.problem().code]).toEqual([401, "unauthenticated"]);
      expect(answer.headers["www-authenticate"]).toBe("Bearer");
    }
    for (const path of ["/livez", "/readyz"]) expect((await ask(gateway, { path })).status).toBe(200);
    expect(await openStream(gateway)).toMatchObject({ status: 401 });
    await gateway.close();
  });

  it("lets a viewer see everything and change nothing; what an operator changes carries his name", async () => {
    const cluster = new MemoryCluster();
    const gateway = await openGateway({ clusters: [cluster], credentials });
    for (const path of ["/api/clusters", "/metrics", "/api/clusters/local/status"]) {
      expect((await ask(gateway, { path, headers: bearer(viewer) })).status).toBe(200);
    }
    const refused = await ask(gateway, { ...promote, headers: { ...fence, ...bearer(viewer) } });
    expect(refused.problem()).toMatchObject({ status: 403, code: "viewer-role" });
    expect(refused.problem().detail).toMatch(/^Viewer role\. /);
    const assess = { path: "/api/clusters/local/assess", method: "POST", headers: bearer(viewer) };
    const judged = await ask(gateway, { ...assess, body: { changes: [{ kind: "remove", id: "3" }] } });
    expect(judged.json()).toMatchObject({ refusal: { code: "unsupported", sentence: "Viewer role." } });
    expect(cluster.asked).toEqual([]);
    expect((await ask(gateway, { ...promote, headers: { ...fence, ...bearer(operator) } })).status).toBe(200);
    expect(cluster.asked[0]?.context.actor).toBe("ada");
    await gateway.close();
  });

  it("tells each stream what its own caller may do", async () => {
    const gateway = await openGateway({ clusters: [new MemoryCluster()], credentials });
    const hello = async (who: Credential) =>
      (await listen(gateway, "/ws?cluster=local", bearer(who))).frame(isHello);
    expect(await hello(operator)).toMatchObject({ actor: "ada", mayAct: { ok: true } });
    expect(await hello(viewer)).toMatchObject({
      mayAct: { ok: false, reason: "Viewer role." },
      capabilities: { remove: { ok: false, reason: "Viewer role." } },
    });
    await gateway.close();
  });

  it("signs a browser in and out, from its own page only", async () => {
    const gateway = await openGateway({ clusters: [new MemoryCluster()], credentials });
    const session = async (method: string, headers: Record<string, string>, body?: unknown) =>
      ask(gateway, { path: "/api/session", method, headers, body });
    expect(accessSchema.parse((await session("GET", {})).json())).toEqual({
      required: true,
      role: null,
      actor: null,
      signedIn: false,
    });
    const foreign = { origin: "http://evil.example" };
    expect((await session("POST", foreign, { token: operator.token })).problem().code).toBe(
      "forbidden-origin",
    );
    const wrong = await session("POST", {}, { token: "wrong" });
    expect(wrong.problem()).toMatchObject({ status: 401, code: "unauthenticated", field: "token" });
    const right = await session("POST", {}, { token: operator.token });
    expect(right.json()).toEqual({ required: true, role: "operator", actor: "ada", signedIn: true });
    const cookie = cookieOf(right.headers["set-cookie"] ?? "");
    expect((await session("GET", cookie)).json()).toMatchObject({ role: "operator", signedIn: true });
    expect(await openStream(gateway, "/ws?cluster=local", cookie)).toBeInstanceOf(Listener);
    expect((await session("DELETE", cookie)).headers["set-cookie"]).toContain("Max-Age=0");
    await gateway.close();
  });

  it("ends a stream with its session", async () => {
    const timers = new ManualTimers();
    const gateway = await openGateway({ clusters: [new MemoryCluster()], credentials, timers });
    const { port } = gateway;
    const began = Date.now() - SESSION_MS + 25_000;
    const options = { credentials, actor: "root", port, basePath: "", secure: false };
    const cookie = cookieFor(new Access({ ...options, now: () => began }), viewer.token);
    const listener = await listen(gateway, "/ws?cluster=local", cookieOf(cookie));
    timers.advance(25_000);
    const { code, sentence } = closeCodes.sessionEnded;
    expect(await listener.closed).toEqual([code, sentence]);
    await gateway.close();
  });
});

describe("whoever tries out tokens", () => {
  const guess = (at: number) => ({ authorization: `Bearer guess-${at}` });
  /** A console on a clock that is turned by hand, at which `count` wrong tokens came from `address`. */
  function guessedAt(count: number) {
    const timers = new ManualTimers();
    const options = { credentials, actor: "root", port: 7400, basePath: "", secure: false };
    const closed = new Access({ ...options, now: () => 0, clock: () => timers.now() });
    for (let at = 0; at < count; at += 1) expect(closed.hear(guess(at), address)).toEqual({ kind: "nobody" });
    return { closed, timers };
  }

  it("waits after ten, also with the right one, by whichever way he shows it", () => {
    const { closed, timers } = guessedAt(GUESSES_MAX);
    const cookie = cookieOf(
      cookieFor(
        access(() => 0),
        operator.token,
      ),
    );
    for (const shown of [guess(99), bearer(operator), cookie]) {
      expect(closed.hear(shown, address)).toEqual({ kind: "wait", ms: GUESS_EVERY_MS });
    }
    expect(closed.signIn(operator.token, address)).toEqual({ kind: "wait", ms: GUESS_EVERY_MS });
    timers.advance(GUESS_EVERY_MS - 1);
    expect(closed.hear(guess(99), address)).toEqual({ kind: "wait", ms: 1 });
    timers.advance(1);
    expect(closed.hear(guess(99), address)).toEqual({ kind: "nobody" });
    expect(closed.hear(guess(100), address)).toMatchObject({ kind: "wait" });
    timers.advance(GUESS_EVERY_MS);
    expect(callerOf(closed, bearer(operator))).toMatchObject({ actor: "ada" });
  });

  it("keeps nobody waiting at another address, nor who was let in before", () => {
    const { closed } = guessedAt(0);
    const session = cookieOf(cookieFor(closed, viewer.token));
    expect(callerOf(closed, bearer(operator))).toBeDefined();
    for (let at = 0; at <= GUESSES_MAX; at += 1) closed.hear(guess(at), address);
    expect(closed.hear(guess(99), address)).toMatchObject({ kind: "wait" });
    expect(callerOf(closed, session)).toMatchObject({ role: "viewer" });
    expect(callerOf(closed, bearer(operator))).toMatchObject({ role: "operator" });
    expect(closed.signIn(viewer.token, "192.0.2.8")).toMatchObject({ kind: "session" });
  });

  it("guesses once with one wrong token, however often it is repeated; a session that has ended is no guess", () => {
    let now = 0;
    const closed = access(() => now);
    const old = cookieOf(cookieFor(closed, viewer.token));
    now += SESSION_MS;
    for (let at = 0; at < 50; at += 1) {
      expect(closed.hear(guess(1), address)).toEqual({ kind: "nobody" });
      expect(closed.hear(old, address)).toEqual({ kind: "nobody" });
    }
    expect(closed.signIn(operator.token, address)).toMatchObject({ kind: "session" });
  });

  it("waits behind many addresses too, and is remembered only so far", () => {
    const { closed, timers } = guessedAt(0);
    for (let at = 0; at < ALL_GUESSES_MAX; at += 1) closed.hear(guess(at), `2001:db8::${at}`);
    expect(closed.hear(guess(-1), "2001:db8::ffff")).toMatchObject({ kind: "wait" });
    timers.advance(24 * 60 * 60 * 1000);
    expect(closed.hear(guess(-1), "2001:db8::ffff")).toEqual({ kind: "nobody" });
  });

  it("is told so in the catalogue, with when to try again, and what is open stays open", async () => {
    const timers = new ManualTimers();
    const gateway = await openGateway({ clusters: [new MemoryCluster()], credentials, timers });
    const signIn = (token: string) => ask(gateway, { path: "/api/session", method: "POST", body: { token } });
    for (let at = 0; at < GUESSES_MAX; at += 1) expect((await signIn(`wrong-${at}`)).status).toBe(401);
    for (const answer of [
      await signIn(operator.token),
      await ask(gateway, { path: "/api/clusters", headers: bearer(operator) }),
    ]) {
      expect(answer.problem()).toMatchObject({ status: 429, code: "too-many-guesses" });
      expect(answer.headers["retry-after"]).toBe("5");
    }
    const upgrade = `GET /ws?cluster=local HTTP/1.1\r\nHost: 127.0.0.1:${gateway.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`;
    const stream = await sayRaw(gateway, `${upgrade}Authorization: Bearer ${operator.token}\r\n\r\n`);
    expect(stream).toMatch(/^HTTP\/1\.1 429 .*^retry-after: 5\r$.*"code":"too-many-guesses"/ms);
    for (const path of ["/livez", "/api/session"]) {
      expect((await ask(gateway, { path, headers: bearer(operator) })).status).toBe(200);
    }
    timers.advance(GUESS_EVERY_MS);
    expect((await signIn(operator.token)).status).toBe(200);
    await gateway.close();
  });
});
