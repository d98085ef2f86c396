import { afterEach, expect, test, vi } from "vitest";
import { callHttp } from "./console_http";
import { endServing, serve } from "./testing/served";

afterEach(async () => {
  vi.useRealTimers();
  await endServing();
});

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
