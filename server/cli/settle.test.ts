import { createServer, type Server } from "node:http";
import { afterEach, expect, test } from "vitest";
import type { RequestOutcome } from "../../protocol/api";
import { Session } from "../consoles/session";
import { settle } from "./settle";

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A console that tells `looks` one after the other, the last one for ever, and `settled` when asked to settle. */
async function console_(looks: readonly RequestOutcome[], settled: RequestOutcome) {
  const asked: string[] = [];
  const server = createServer(({ method, url }, response) => {
    asked.push(`${method} ${url}`);
    const outcome =
      method === "POST"
        ? settled
        : looks[Math.min(asked.filter((one) => one.startsWith("GET")).length, looks.length) - 1];
    response.end(JSON.stringify(outcome));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening");
  return { url: `http://127.0.0.1:${address.port}`, asked };
}

const pending = { state: "pending" } as const;
const applied = { state: "applied", index: 58 } as const;
const never = { state: "not-applied" } as const;

test("a request that turns out applied before its deadline is not settled", async () => {
  const { url, asked } = await console_([pending, applied], never);
  const session = new Session([url], undefined);
  expect(await settle(session, "local", "request-1", performance.now() + 60_000)).toEqual(applied);
  expect(asked).toEqual([
    "GET /api/clusters/local/requests/request-1",
    "GET /api/clusters/local/requests/request-1",
  ]);
});

test("after the deadline the request is closed, at whichever console answers", async () => {
  const { url, asked } = await console_([pending], never);
  const session = new Session(["http://127.0.0.1:1", url], undefined);
  expect(await settle(session, "local", "request-1", performance.now() - 10_000)).toEqual(never);
  expect(asked).toEqual(["POST /api/clusters/local/requests/request-1/settle"]);
});
