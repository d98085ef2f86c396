import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ProblemCode, problem, problemCatalogue } from "../../protocol/problem";
import { MemoryHost } from "../clusters/testing/memory_host";
import type { Gateway } from "./gateway";
import { type Answer, ask, openGateway, type Question, sayRaw } from "./testing/ask";
import { MemoryCluster } from "./testing/memory_cluster";

let cluster: MemoryCluster;
let host: MemoryHost;
let gateway: Gateway;

beforeEach(async () => {
  cluster = new MemoryCluster();
  host = new MemoryHost();
  gateway = await openGateway({ clusters: [cluster], machine: host });
});
afterEach(() => gateway.close());

const local = "/api/clusters/local";
const fence = { "if-match": '"e1:1"' };

async function refusalOf(
  question: Question,
): Promise<{ code: ProblemCode; field: string | undefined; detail: string }> {
  const { code, field, detail } = (await ask(gateway, question)).problem();
  return { code, field, detail };
}

describe("bad input is refused with the field it is in", () => {
  const learners = `${local}/learners`;
  const post = (body: unknown, path = learners): Question => ({ method: "POST", path, headers: fence, body });
  const cases: readonly (readonly [string, Question, string])[] = [
    ["id 0", post({ id: "0" }), "id"],
    ["id -1", post({ id: "-1" }), "id"],
    ["an id in text", post({ id: "four" }), "id"],
    ["an id as a number", post({ id: 4 }), "id"],
    ["an id past 64 bits", post({ id: "18446744073709551616" }), "id"],
    ["an id with a leading zero", post({ id: "04" }), "id"],
    ["id 0 in the path", { method: "POST", path: `${local}/members/0/promote`, headers: fence }, "id"],
    ["text in the path", { method: "DELETE", path: `${local}/members/n4`, headers: fence }, "id"],
    ["an address without a port", post({ id: "4", address: "127.0.0.1" }), "address"],
    ["port 0", post({ id: "4", address: "127.0.0.1:0" }), "address"],
    ["port 65536", post({ id: "4", address: "127.0.0.1:65536" }), "address"],
    ["an address with a path", post({ id: "4", address: "127.0.0.1:75/x" }), "address"],
    ["a name with a slash", post({ name: "../n4" }), "name"],
    ["an unknown field", post({ id: "4", voter: true }), "voter"],
    ["a field of Object's prototype", post('{"id":"4","__proto__":{"x":1}}'), "__proto__"],
    ["an unknown start", post({ start: "elsewhere" }), "start"],
    ["a body that is a list", post([]), ""],
    ["a body that is null", post("null"), ""],
    ["no changes", post({ changes: [] }, `${local}/changes`), "changes"],
    [
      "65 changes",
      post(
        { changes: Array.from({ length: 65 }, (_, n) => ({ kind: "promote", id: String(n + 1) })) },
        `${local}/changes`,
      ),
      "changes",
    ],
    [
      "an unknown kind of change",
      post({ changes: [{ kind: "evict", id: "4" }] }, `${local}/changes`),
      "changes.0.kind",
    ],
    [
      "an unknown field in a change",
      post({ changes: [{ kind: "promote", id: "4", now: true }] }, `${local}/changes`),
      "changes.0.now",
    ],
    ["a body where none is asked", post({ force: true }, `${local}/members/4/promote`), "force"],
    ["a query where none is asked", post({}, `${local}/members/4/promote?force=true`), "force"],
    ["an unknown query", { path: `${local}/history?since=1` }, "since"],
    ["a query given twice", { path: `${local}/history?after=1&after=2` }, "after"],
    ["a limit of 0", { path: `${local}/history?limit=0` }, "limit"],
    ["a limit of text", { path: `${local}/history?limit=all` }, "limit"],
    ["a target of 0", post({ target: "0", leader: null, term: 1 }, `${local}/leader`), "target"],
    ["a term below 0", post({ target: "2", leader: null, term: -1 }, `${local}/leader`), "term"],
    ["no seen leader", post({ target: "2", term: 1 }, `${local}/leader`), "leader"],
    ["a short request id", { path: `${local}/requests/abc` }, "request"],
    ["an unknown process action", { method: "POST", path: "/api/machine/processes/2/explode" }, "action"],
    ["another write load", post({ ratePerSecond: 7 }, "/api/machine/load"), "ratePerSecond"],
    ["a fence that is none", { ...post({ id: "4" }), headers: { "if-match": "*" } }, "If-Match"],
    ["two fences", { ...post({ id: "4" }), headers: { "if-match": '"e1:1", "e1:2"' } }, "If-Match"],
    [
      "a short idempotency key",
      { ...post({ id: "4" }), headers: { ...fence, "idempotency-key": "x" } },
      "Idempotency-Key",
    ],
    [
      "a deadline of an hour",
      { ...post({ id: "4" }), headers: { ...fence, "rollcall-deadline-ms": "3600000" } },
      "Rollcall-Deadline-Ms",
    ],
    [
      "an actor that no console wrote",
      { ...post({ id: "4" }), headers: { ...fence, "rollcall-actor": "%E0%A4%A" } },
      "Rollcall-Actor",
    ],
    [
      "an actor with a line of its own",
      { ...post({ id: "4" }), headers: { ...fence, "rollcall-actor": "ann%0Aroot" } },
      "Rollcall-Actor",
    ],
    [
      "a deadline in words",
      { ...post({ id: "4" }), headers: { ...fence, "rollcall-deadline-ms": "soon" } },
      "Rollcall-Deadline-Ms",
    ],
  ];

  it.each(cases)("%s", async (_, question, field) => {
    const refusal = await refusalOf(question);
    expect([refusal.code, refusal.field ?? ""]).toEqual(["bad-input", field]);
    expect(refusal.detail).not.toBe("");
    expect(cluster.asked).toEqual([]);
  });
});

describe("bodies", () => {
  const path = `${local}/learners`;

  it("that are no JSON are malformed", async () => {
    for (const body of ["{", '{"id":"4",}', "\u0000", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])]) {
      expect((await refusalOf({ method: "POST", path, headers: fence, body })).code).toBe(
        "malformed-request",
      );
    }
  });

  it("that are not called JSON are not read", async () => {
    const headers = { ...fence, "content-type": "text/plain" };
    expect((await refusalOf({ method: "POST", path, headers, body: "{}" })).code).toBe(
      "unsupported-media-type",
    );
    const zipped = { ...fence, "content-encoding": "gzip" };
    expect((await refusalOf({ method: "POST", path, headers: zipped, body: "{}" })).code).toBe(
      "unsupported-media-type",
    );
  });

  it("past 64 KiB are refused, and the refusal arrives", async () => {
    for (const size of [64 * 1024 + 1, 1024 * 1024]) {
      const body = `{"id":"${"4".repeat(size)}"}`;
      expect((await refusalOf({ method: "POST", path, headers: fence, body })).code).toBe("too-large");
    }
    expect((await ask(gateway, { path: "/livez" })).status).toBe(200);
  });

  it("far past it are cut off without being read to the end", async () => {
    const body = Buffer.alloc(32 * 1024 * 1024, "x");
    const ended = await ask(gateway, { method: "POST", path, headers: fence, body }).then(
      (answer) => answer.problem().code,
      () => "cut",
    );
    expect(["too-large", "cut"]).toContain(ended);
    expect((await ask(gateway, { path: "/livez" })).status).toBe(200);
  });
});

describe("what is not HTTP", () => {
  it("is told so, and disturbs nothing", async () => {
    expect(await sayRaw(gateway, "\u0016\u0003\u0001 hello\r\n\r\n")).toMatch(
      /^HTTP\/1.1 400 .*malformed-request/s,
    );
    const long = `GET / HTTP/1.1\r\nhost: 127.0.0.1:${gateway.port}\r\nx: ${"y".repeat(20_000)}\r\n\r\n`;
    expect(await sayRaw(gateway, long)).toMatch(/^HTTP\/1.1 431 .*too-large/s);
    const noHost = "GET /livez HTTP/1.1\r\nconnection: close\r\n\r\n";
    expect(await sayRaw(gateway, noHost)).toMatch(/^HTTP\/1.1 400 .*malformed-request/s);
    const emptyHost = "GET /livez HTTP/1.1\r\nhost: \r\nconnection: close\r\n\r\n";
    expect(await sayRaw(gateway, emptyHost)).toMatch(/^HTTP\/1.1 403 .*forbidden-origin/s);
    const badPath = `GET /api/%zz HTTP/1.1\r\nhost: 127.0.0.1:${gateway.port}\r\nconnection: close\r\n\r\n`;
    expect(await sayRaw(gateway, badPath)).toMatch(/^HTTP\/1.1 400 .*malformed-request/s);
    const elsewhere = `GET //evil.example/livez HTTP/1.1\r\nhost: 127.0.0.1:${gateway.port}\r\nconnection: close\r\n\r\n`;
    expect(await sayRaw(gateway, elsewhere)).toMatch(/^HTTP\/1.1 400 .*malformed-request/s);
    expect((await ask(gateway, { path: "/livez" })).status).toBe(200);
  });
});

describe("methods and paths", () => {
  it.each([
    ["PUT", `${local}/membership`, "GET, HEAD"],
    ["POST", `${local}/membership`, "GET, HEAD"],
    ["GET", `${local}/members/4/promote`, "POST"],
    ["GET", `${local}/members/4`, "DELETE"],
    ["OPTIONS", `${local}/learners`, "POST"],
    ["POST", "/livez", "GET, HEAD"],
    ["POST", "/", "GET, HEAD"],
  ])("%s %s is not offered, %s is", async (method, path, allow) => {
    const answer = await ask(gateway, { method, path });
    expect(answer.problem().code).toBe("method-not-allowed");
    expect(answer.headers.allow).toBe(allow);
  });

  it.each(["/api", "/api/nothing", "/api/clusters/", `${local}/members`, "/api/clusters/other/membership"])(
    "%s leads nowhere",
    async (path) => {
      expect((await refusalOf({ path })).code).toBe("not-found");
    },
  );

  it("an unknown cluster is named together with those there are", async () => {
    expect((await refusalOf({ path: "/api/clusters/other/status" })).detail).toContain("there is: local");
  });
});

describe("foreign pages", () => {
  const path = `${local}/members/4/promote`;
  const own = () => `127.0.0.1:${gateway.port}`;

  it("are turned away by the Host of a rebound name, reading and acting alike", async () => {
    for (const name of [
      "evil.example",
      `evil.example:${gateway.port}`,
      "127.0.0.1:1",
      "127.0.0.1",
      "localhost.",
      "127.0.0.1:x",
    ]) {
      const answers = await Promise.all([
        ask(gateway, { path: "/api/clusters", headers: { host: name } }),
        ask(gateway, { path: "/", headers: { host: name } }),
        ask(gateway, { method: "POST", path, headers: { ...fence, host: name } }),
      ]);
      expect(answers.map((answer) => answer.problem().code)).toEqual(Array(3).fill("forbidden-origin"));
    }
    expect(cluster.asked).toEqual([]);
  });

  it("are turned away by their Origin when they act", async () => {
    const origins = [
      "http://evil.example",
      "null",
      `https://${own()}`,
      "http://127.0.0.1:1",
      `http://localhost:${gateway.port}`,
    ];
    for (const origin of origins) {
      const refusal = await refusalOf({ method: "POST", path, headers: { ...fence, origin } });
      expect(refusal.code).toBe("forbidden-origin");
    }
    const headers = { ...fence, "sec-fetch-site": "cross-site" };
    expect((await refusalOf({ method: "POST", path, headers })).code).toBe("forbidden-origin");
    expect(cluster.asked).toEqual([]);
  });

  it("are turned away from the machine, from assessing and from settling, too", async () => {
    const paths = [
      "/api/machine/processes/2/kill",
      "/api/machine/load",
      `${local}/assess`,
      `${local}/requests/request-1/settle`,
    ];
    for (const one of paths) {
      const refusal = await refusalOf({
        method: "POST",
        path: one,
        headers: { origin: "http://evil.example" },
      });
      expect(refusal.code).toBe("forbidden-origin");
    }
    expect(host.calls).toEqual([]);
  });

  it("are told from the page served here, under each of its names, and from programs", async () => {
    for (const name of [
      own(),
      `localhost:${gateway.port}`,
      `[::1]:${gateway.port}`,
      `127.0.0.2:${gateway.port}`,
    ]) {
      const headers = { ...fence, host: name, origin: `http://${name}`, "sec-fetch-site": "same-origin" };
      expect((await ask(gateway, { method: "POST", path, headers })).status).toBe(200);
    }
    expect((await ask(gateway, { method: "POST", path, headers: fence })).status).toBe(200);
  });

  it("may be trusted by name", async () => {
    const trusting = await openGateway({
      clusters: [cluster],
      trustedHosts: ["console.example:8443"],
      trustedOrigins: ["https://console.example:8443"],
    });
    const headers = { ...fence, host: "console.example:8443", origin: "https://console.example:8443" };
    const answer = await ask(trusting, { method: "POST", path, headers });
    await trusting.close();
    expect(answer.status).toBe(200);
  });
});

describe("a console behind a proxy", () => {
  const path = `${local}/members/4/promote`;

  it("answers under its public name, with or without the port its scheme implies, and sets a secure cookie", async () => {
    const token = "operator-0123456789abcdef";
    const own = await openGateway({
      clusters: [cluster],
      publicUrl: "https://ops.example/rollcall/",
      credentials: [{ role: "operator", actor: "ada", token }],
    });
    const headers = { ...fence, authorization: `Bearer ${token}`, origin: "https://ops.example" };
    for (const host of ["ops.example", "ops.example:443"]) {
      const answer = await ask(own, { method: "POST", path, headers: { ...headers, host } });
      expect(answer.status).toBe(200);
    }
    const other = await ask(own, { method: "POST", path, headers: { ...headers, host: "ops.example:444" } });
    expect(other.problem().code).toBe("forbidden-origin");
    const session = { method: "POST", path: "/rollcall/api/session", body: { token } };
    const signedIn = await ask(own, { ...session, headers: { host: "ops.example" } });
    expect(signedIn.headers["set-cookie"]).toMatch(/; Path=\/rollcall\/; .*; Secure$/);
    await own.close();
  });

  it("answers at its base path, and at the root for probes and for proxies that take it off", async () => {
    const own = await openGateway({ clusters: [cluster], basePath: "/ops/rollcall" });
    expect(own.url).toMatch(/\/ops\/rollcall$/);
    for (const at of ["/ops/rollcall/livez", "/livez", "/ops/rollcall/api/clusters"]) {
      expect((await ask(own, { path: at })).status).toBe(200);
    }
    expect((await ask(own, { path: "/ops/rollcallx/livez" })).status).toBe(404);
    await own.close();
  });
});

describe("forcing", () => {
  const removal = { method: "DELETE", path: `${local}/members/1` } as const;

  it("is passed on with what was typed, only where the console was started to allow it", async () => {
    const own = await openGateway({ clusters: [cluster], allowUnsafe: true });
    const typed = { ...fence, "rollcall-force": "n1" };
    expect((await ask(own, { ...removal, headers: typed })).status).toBe(200);
    expect((await ask(own, { ...removal, headers: fence })).status).toBe(200);
    expect(cluster.asked.map(({ context }) => context.force)).toEqual(["n1", undefined]);
    const bad = await ask(own, { ...removal, headers: { ...fence, "rollcall-force": "n 1" } });
    expect(bad.problem()).toMatchObject({ code: "bad-input", field: "Rollcall-Force" });
    await own.close();
  });
});

describe("the catalogue", () => {
  const elsewhere: Partial<Record<ProblemCode, () => Promise<Answer>>> = {
    "malformed-request": () =>
      ask(gateway, { method: "POST", path: `${local}/learners`, headers: fence, body: "{" }),
    "forbidden-origin": () => ask(gateway, { path: "/livez", headers: { host: "evil.example" } }),
    unauthenticated: async () => {
      const credentials = [{ role: "viewer", actor: "viewer", token: "viewer-0123456789abcdef" }] as const;
      const closed = await openGateway({ clusters: [cluster], credentials });
      const answer = await ask(closed, { path: "/api/clusters" });
      await closed.close();
      return answer;
    },
    "viewer-role": async () => {
      const credentials = [{ role: "viewer", actor: "viewer", token: "viewer-0123456789abcdef" }] as const;
      const closed = await openGateway({ clusters: [cluster], credentials });
      const headers = { ...fence, authorization: "Bearer viewer-0123456789abcdef" };
      const answer = await ask(closed, { method: "POST", path: `${local}/members/4/promote`, headers });
      await closed.close();
      return answer;
    },
    "force-not-allowed": () =>
      ask(gateway, {
        method: "DELETE",
        path: `${local}/members/1`,
        headers: { ...fence, "rollcall-force": "n1" },
      }),
    "read-only": async () => {
      const viewer = await openGateway({ clusters: [cluster], readOnly: true });
      const answer = await ask(viewer, {
        method: "POST",
        path: `${local}/members/4/promote`,
        headers: fence,
      });
      await viewer.close();
      return answer;
    },
    "not-found": () => ask(gateway, { path: "/api/nothing" }),
    "method-not-allowed": () => ask(gateway, { method: "PUT", path: "/livez" }),
    "too-large": () =>
      ask(gateway, { method: "POST", path: `${local}/learners`, headers: fence, body: "x".repeat(70_000) }),
    "unsupported-media-type": () =>
      ask(gateway, {
        method: "POST",
        path: `${local}/learners`,
        headers: { ...fence, "content-type": "a/b" },
        body: "{}",
      }),
    "bad-input": () => ask(gateway, { path: `${local}/history?limit=0` }),
    "fence-required": () => ask(gateway, { method: "POST", path: `${local}/members/4/promote` }),
    "too-many-requests": async () => {
      let release = () => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      cluster.answer = async ({ context }) => {
        await held;
        return cluster.applied(context.requestId ?? "");
      };
      const promote = () =>
        ask(gateway, { method: "POST", path: `${local}/members/4/promote`, headers: fence });
      const many = Array.from({ length: 33 }, promote);
      const refused = await Promise.race(many);
      release();
      const statuses = (await Promise.all(many)).map(({ status }) => status);
      expect(statuses.filter((status) => status === 200)).toHaveLength(32);
      return refused;
    },
    internal: () => {
      cluster.answer = () => {
        throw new Error("a bug");
      };
      return ask(gateway, { method: "POST", path: `${local}/members/4/promote`, headers: fence });
    },
    "not-ready": () => {
      cluster.isReady = false;
      return ask(gateway, { path: "/readyz" });
    },
  };

  it.each(Object.keys(problemCatalogue) as ProblemCode[])("answers %s with its status", async (code) => {
    const provoke =
      elsewhere[code] ??
      (() => {
        cluster.answer = () => ({ ok: false, problem: problem(code, "A test asked for it.") });
        return ask(gateway, { method: "POST", path: `${local}/members/4/promote`, headers: fence });
      });
    const found = (await provoke()).problem();
    expect([found.code, found.status, found.title]).toEqual([
      code,
      problemCatalogue[code].status,
      problemCatalogue[code].title,
    ]);
    expect(found.detail).not.toBe("");
  });
});

describe("a read-only console", () => {
  it("shows and judges, offers nothing and refuses every change", async () => {
    const viewer = await openGateway({ clusters: [cluster], machine: host, readOnly: true });
    const refused = await Promise.all([
      ask(viewer, { method: "DELETE", path: `${local}/members/3`, headers: fence }),
      ask(viewer, { method: "POST", path: "/api/machine/processes/2/kill" }),
    ]);
    const body = { changes: [{ kind: "remove", id: "3" }] };
    const judged = await ask(viewer, { method: "POST", path: `${local}/assess`, body });
    const listed = await ask(viewer, { path: "/api/clusters" });
    await viewer.close();
    expect(refused.map((answer) => answer.problem().code)).toEqual(["read-only", "read-only"]);
    expect(judged.status).toBe(200);
    expect(listed.json()).toMatchObject({ clusters: [{ capabilities: { remove: { ok: false } } }] });
    expect([cluster.asked, host.calls]).toEqual([[], []]);
  });
});
