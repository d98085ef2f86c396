import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { expect, test } from "@playwright/test";
import WebSocket from "ws";
import { etagOf } from "../protocol/membership";
import { problemSchema } from "../protocol/problem";
import { LocalCluster } from "./local_cluster";

// One cluster for all: that it is unharmed after each is half of what they show.
test.describe.configure({ mode: "default" });

let cluster: LocalCluster;
test.beforeAll(async () => {
  cluster = await LocalCluster.up();
});
test.afterAll(() => cluster.dispose());

/** After whatever was thrown at it, the cluster is as it was and still takes a change back and forth. */
test.afterEach(async () => {
  const view = await cluster.membership();
  expect(view.snapshot.members).toEqual(["1", "2", "3"]);
  expect(view.snapshot.learners).toEqual([]);
  await expect
    .poll(async () => (await cluster.status()).members.map(({ health }) => health.state))
    .toEqual(["healthy", "healthy", "healthy"]);
});

async function post(
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; problem: unknown }> {
  const fence = etagOf(await cluster.membership());
  const answer = await fetch(`${cluster.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", "if-match": fence, ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  expect(answer.headers.get("content-type")).toContain("application/problem+json");
  return { status: answer.status, problem: problemSchema.parse(await answer.json()) };
}

const learners = "/api/clusters/local/learners";
const address = "127.0.0.1:9999";

for (const [what, id] of [
  ["0", "0"],
  ["a negative one", "-1"],
  ["2^32", String(2 ** 32)],
  ["text", "n4"],
  ["a number instead of text", 4],
  ["one beyond 2^64", "99999999999999999999"],
] as const) {
  test(`an id that is ${what} is refused, naming the field`, async () => {
    const { status, problem } = await post(learners, { id, address });
    expect(status).toBe(422);
    expect(problem).toMatchObject({ code: "bad-input", field: "id" });
  });
}

for (const bad of [
  "nowhere",
  "127.0.0.1",
  "127.0.0.1:0",
  "127.0.0.1:65536",
  ":7500",
  "host:port",
  "a b:1",
  "http://127.0.0.1:1",
  "",
]) {
  test(`the address "${bad}" is refused, naming the field`, async () => {
    const { status, problem } = await post(learners, { id: "4", address: bad });
    expect(status).toBe(422);
    expect(problem).toMatchObject({ code: "bad-input", field: "address" });
  });
}

test("a duplicate id, a taken address and an unknown member are refused with the reason", async () => {
  expect(await post(learners, { id: "2", address })).toMatchObject({
    status: 409,
    problem: { code: "already-member", field: "id" },
  });
  const taken = (await cluster.status()).members[0]?.address;
  expect(await post(learners, { id: "4", address: taken })).toMatchObject({
    status: 409,
    problem: { code: "address-taken" },
  });
  expect(await post("/api/clusters/local/members/77/promote", {})).toMatchObject({
    status: 404,
    problem: { code: "not-a-member" },
  });
});

test("unknown fields, broken JSON, another media type and an oversized body are each refused as such", async () => {
  expect(await post(learners, { id: "4", address, force: true })).toMatchObject({
    status: 422,
    problem: { code: "bad-input", field: "force" },
  });
  expect(await post(learners, "{")).toMatchObject({ status: 400, problem: { code: "malformed-request" } });
  expect(await post(learners, "id=4", { "content-type": "application/x-www-form-urlencoded" })).toMatchObject(
    { status: 415 },
  );
  expect(await post(learners, { id: "4", address, name: "x".repeat(100_000) })).toMatchObject({
    status: 413,
  });
});

test("a foreign Origin and a foreign Host are refused before anything is read", async () => {
  expect(await post(learners, { id: "4", address }, { origin: "http://evil.example" })).toMatchObject({
    status: 403,
    problem: { code: "forbidden-origin" },
  });
  const url = `${cluster.url.replace("http", "ws")}/ws?cluster=local`;
  const status = await new Promise<number | undefined>((done) => {
    const socket = new WebSocket(url, { origin: "http://evil.example" });
    socket.on("unexpected-response", (_request, answer) => done(answer.statusCode));
    socket.on("open", () => done(101));
    socket.on("error", () => undefined);
  });
  expect(status).toBe(403);
  const rebound = await raw(
    cluster.port,
    `GET /api/clusters HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`,
  );
  expect(rebound).toMatch(/^HTTP\/1\.1 403 /);
});

test("a message on the stream, also an oversized one, closes that stream and no other", async () => {
  const url = `${cluster.url.replace("http", "ws")}/ws?cluster=local`;
  const good = new WebSocket(url);
  await new Promise((open) => good.once("open", open));
  for (const message of ["{}", "x".repeat(1024 * 1024), randomBytes(512)]) {
    const code = await new Promise<number>((done) => {
      const socket = new WebSocket(url);
      socket.on("open", () => socket.send(message));
      socket.on("close", done);
      socket.on("error", () => undefined);
    });
    expect([1008, 1009]).toContain(code);
  }
  await new Promise((frame) => good.once("message", frame));
  expect(good.readyState).toBe(WebSocket.OPEN);
  good.terminate();
});

test("garbage on the ports for peers and for HTTP is dropped, and nothing else is disturbed", async () => {
  const peerPorts = (await cluster.status()).members.map((member) => Number(member.address.split(":")[1]));
  const oversize = Buffer.alloc(64);
  oversize.writeUInt32BE(0xffff_ffff, 0);
  for (const port of [...peerPorts, cluster.port]) {
    for (const bytes of [
      randomBytes(4096),
      Buffer.alloc(4096),
      oversize,
      Buffer.from("GET / HTTP/1.1\r\n\r\n"),
    ]) {
      await raw(port, bytes);
    }
  }
});

/** Sends bytes and reads until the other side closes; it must do so by itself within seconds. */
function raw(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((done) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    socket.on("data", (chunk) => {
      text += String(chunk);
    });
    socket.on("error", () => undefined);
    socket.on("close", () => done(text));
  });
}
