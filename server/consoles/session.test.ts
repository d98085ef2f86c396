import { afterEach, expect, it, vi } from "vitest";
import { problem } from "../../protocol/problem";
import { leavesDoubt, Session } from "./session";
import { endServing, serve } from "./testing/served";

afterEach(async () => {
  vi.useRealTimers();
  await endServing();
});

it("keeps the doubt of a console that broke off, though the next one did nothing", async () => {
  const broken = await serve((request) => request.socket.destroy());
  const waiting = await serve((_, response) => {
    response.statusCode = 503;
    response.end(JSON.stringify(problem("not-ready", "Not yet.")));
  });
  for (const next of ["http://127.0.0.1:1", waiting]) {
    const session = new Session([broken, next], undefined);
    const result = await session.send({ method: "POST", timeoutMs: 60_000 }, "/plans", true);
    expect(result).toMatchObject({ kind: "unanswered", url: broken });
  }
});

it("asks no further console once the time is up", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const late = await serve((_, response) => {
    vi.advanceTimersByTime(60_000);
    response.statusCode = 503;
    response.end(JSON.stringify(problem("not-ready", "Not yet.")));
  });
  let asked = false;
  const next = await serve((_, response) => {
    asked = true;
    response.end("{}");
  });
  const result = await new Session([late, next], undefined).send({ method: "POST", timeoutMs: 60_000 }, "/x");
  expect(result).toMatchObject({ kind: "answer", status: 503, url: late });
  expect(asked).toBe(false);
});

it.each([
  ["an answer that is none", 200, "", true],
  ["a proxy that fails", 502, "<html>", true],
  ["a proxy that refuses", 404, "<html>", false],
  ["a fault after the change may have been taken", 500, problem("internal", "Oh."), true],
  ["a refusal", 409, problem("would-lose-quorum", "No."), false],
])("whether %s leaves a doubt", (_, status, body, doubt) => {
  expect(leavesDoubt({ kind: "answer", status, body })).toBe(doubt);
});
