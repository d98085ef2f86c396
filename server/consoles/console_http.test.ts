import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { callHttp } from "./console_http";
import { endServing, serve } from "./testing/served";

const listening: Server[] = [];
afterEach(async () => {
  vi.useRealTimers();
  await endServing();
  for (const server of listening.splice(0)) server.close();
});

/** The URL of something that takes connections, and speaks no TLS. */
async function accepting(take: (socket: Socket) => void): Promise<string> {
  const server = createServer(take);
  listening.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("an answer comes with its status and its JSON", async () => {
  let got = "";
  const url = await serve(({ method, headers }, response) => {
    got = `${method} ${headers["content-type"]} ${headers["if-match"]}`;
    response.statusCode = 409;
    response.end('{"code":"x"}');
  });
  const result = await callHttp({
    method: "POST",
    url,
    body: {},
    headers: { "if-match": "e:1" },
    timeoutMs: 60_000,
  });
  expect(result).toEqual({ kind: "answer", status: 409, body: { code: "x" } });
  expect(got).toBe("POST application/json e:1");
});

test("what cannot even be tried was not sent", async () => {
  const unsayable = { method: "GET", headers: { authorization: "Bearer \n" }, timeoutMs: 60_000 } as const;
  for (const url of ["http://127.0.0.1:99999", "http://127.0.0.1:1"]) {
    expect((await callHttp({ ...unsayable, url })).kind).toBe("unsent");
  }
});

test("over TLS nothing is sent before the other side has shown who it is", async () => {
  const rude = await accepting((socket) => socket.destroy());
  expect((await callHttp({ method: "POST", url: rude, timeoutMs: 60_000 })).kind).toBe("unsent");
});

test("a connection is waited for no longer than 5 s, an answer as long as it may take", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const mute = await accepting(() => {});
  const nowhere = callHttp({ method: "POST", url: mute, timeoutMs: 60_000 });
  await vi.advanceTimersByTimeAsync(5000);
  expect((await nowhere).kind).toBe("unsent");
  const slow = await serve((_, response) => {
    vi.advanceTimersByTime(50_000);
    response.end("{}");
  });
  expect((await callHttp({ method: "POST", url: slow, timeoutMs: 60_000 })).kind).toBe("answer");
});

test("without a connection nothing was sent; with one, something may have been", async () => {
  const nobody = await callHttp({ method: "GET", url: "http://127.0.0.1:1", timeoutMs: 60_000 });
  expect(nobody).toEqual({ kind: "unsent", detail: "nothing listens there" });
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  // The time is up once the request has come, and not before: on a busy machine a connection takes any time.
  const silent = await serve(() => vi.advanceTimersByTime(50));
  expect((await callHttp({ method: "POST", url: silent, timeoutMs: 50 })).kind).toBe("unanswered");
  vi.useRealTimers();
  const broken = await serve((_, response) => {
    response.write('{"half":');
    setImmediate(() => response.destroy());
  });
  expect((await callHttp({ method: "POST", url: broken, timeoutMs: 60_000 })).kind).toBe("unanswered");
});
