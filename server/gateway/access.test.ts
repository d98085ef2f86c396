import { describe, expect, it } from "vitest";
import { accessSchema } from "../../protocol/access";
import { closeCodes, type HelloFrame, type ServerFrame } from "../../protocol/frames";
import { ManualTimers } from "../clusters/manual_timers";
import { Access, type Credential } from "./access";
import { SESSION_MS } from "./limits";
import { ask, openGateway } from "./testing/ask";
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

/** What a browser sends back of a Set-Cookie. */
const cookieOf = (setCookie: string) => ({ cookie: `other=1; ${setCookie.split(";")[0]}` });

describe("a console without credentials", () => {
  it("takes whoever reaches it for an operator, under its own name", () => {
    const open = access(() => 0, []);
    expect(open.required).toBe(false);
    expect(open.callerOf({})).toMatchObject({ role: "operator", actor: "root", expiresAt: null });
  });
});

describe("a console with credentials", () => {
  it("knows a bearer token's role and name, and nobody else", () => {
    const closed = access(() => 0);
    expect(closed.callerOf(bearer(operator))).toMatchObject({ role: "operator", actor: "ada" });
    expect(closed.callerOf(bearer(viewer))).toMatchObject({ role: "viewer" });
    for (const headers of [
      {},
      { authorization: "" },
      { authorization: `Basic ${operator.token}` },
      { authorization: `Bearer ${operator.token}x` },
      { authorization: "Bearer" },
      { cookie: "rollcall_7400=" },
      { cookie: "rollcall_7400=a.b" },
    ]) {
      expect(closed.callerOf(headers)).toBeUndefined();
    }
  });

  it("gives a session for a token, which ends after 12 hours", () => {
    let now = 1000;
    const closed = access(() => now);
    expect(closed.signIn("no such token")).toBeUndefined();
    const cookie = closed.signIn(operator.token)?.cookie ?? "";
    expect(cookie).toMatch(/^rollcall_7400=\S+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain(operator.token);
    expect(closed.callerOf(cookieOf(cookie))).toMatchObject({
      role: "operator",
      actor: "ada",
      signedIn: true,
    });
    now += SESSION_MS;
    expect(closed.callerOf(cookieOf(cookie))).toBeUndefined();
  });

  it("takes no session that was made up, changed, or sealed with a token that is gone", () => {
    const closed = access(() => 0);
    const cookie = closed.signIn(viewer.token)?.cookie ?? "";
    const [claims = "", seal = ""] = cookie.slice("rollcall_7400=".length).split(";")[0]?.split(".") ?? [];
    const raised = Buffer.from(JSON.stringify(["operator", "ada", SESSION_MS])).toString("base64url");
    for (const value of [`${raised}.${seal}`, `${claims}.`, claims, `${claims}.${seal}x`]) {
      expect(closed.callerOf({ cookie: `rollcall_7400=${value}` })).toBeUndefined();
    }
    const changed = access(() => 0, [operator, { ...viewer, token: "another-0123456789abcdef" }]);
    expect(closed.callerOf(cookieOf(cookie))).toBeDefined();
    expect(changed.callerOf(cookieOf(cookie))).toBeUndefined();
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
    const began = Date.now() - SESSION_MS + 5000;
    const options = { credentials, actor: "root", port, basePath: "", secure: false };
    const { cookie = "" } = new Access({ ...options, now: () => began }).signIn(viewer.token) ?? {};
    const listener = await listen(gateway, "/ws?cluster=local", cookieOf(cookie));
    timers.advance(5000);
    const { code, sentence } = closeCodes.sessionEnded;
    expect(await listener.closed).toEqual([code, sentence]);
    await gateway.close();
  });
});
