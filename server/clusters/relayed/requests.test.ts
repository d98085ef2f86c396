import type { RequestListener } from "node:http";
import { afterEach, expect, it } from "vitest";
import { z } from "zod";
import { problem } from "../../../protocol/problem";
import { Session } from "../../consoles/session";
import { endServing, serve } from "../../consoles/testing/served";
import { RelayedRequests } from "./requests";

afterEach(endServing);

const says =
  (status: number, body: unknown): RequestListener =>
  (_, response) => {
    response.statusCode = status;
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };

const context = {
  requestId: "request-1",
  actor: "ann",
  timeoutMs: 60_000,
  fence: { epoch: "e1", committedIndex: 7 },
};
const answer = z.object({ done: z.literal(true) });

function change(...consoles: string[]) {
  const requests = new RelayedRequests(new Session(consoles, undefined), () => "local");
  return requests.change({ method: "POST", path: "members/4/promote" }, context, answer);
}

it("carries fence, request id and deadline to the cluster's own path", async () => {
  let got: unknown;
  const url = await serve((request, response) => {
    const { headers } = request;
    got = [request.url, headers["if-match"], headers["idempotency-key"], headers["rollcall-deadline-ms"]];
    response.end('{"done":true}');
  });
  expect(await change(url)).toEqual({ ok: true, answer: { done: true } });
  expect(got).toEqual(["/api/clusters/local/members/4/promote", '"e1:7"', "request-1", "60000"]);
});

it("goes on to another console only where nothing was done", async () => {
  const second = await serve(says(200, { done: true }));
  const waiting = await serve(says(503, problem("not-ready", "Not yet.")));
  expect(await change("http://127.0.0.1:1", waiting, second)).toMatchObject({ ok: true });
  const broken = await serve((request) => request.socket.destroy());
  expect(await change(broken, second)).toMatchObject({
    ok: false,
    problem: { code: "outcome-unknown", requestId: "request-1" },
  });
});

it.each([
  ["a refusal of the cluster is its own", 409, problem("would-lose-quorum", "No."), "would-lose-quorum"],
  [
    "a token that is not accepted is no word about who asks here",
    401,
    problem("unauthenticated", "No."),
    "cluster-access",
  ],
  ["so is a viewer's", 403, problem("viewer-role", "No."), "cluster-access"],
  ["nor is that it guessed", 429, problem("too-many-guesses", "Wait."), "cluster-access"],
  ["a fault there may have struck after the change", 500, problem("internal", "Oh."), "outcome-unknown"],
  ["a proxy that finds nothing has passed nothing on", 404, "<html>", "not-ready"],
  ["a proxy that fails may have", 502, "<html>", "outcome-unknown"],
  ["an answer that is none leaves a doubt", 200, { done: "perhaps" }, "outcome-unknown"],
] as const)("%s", async (_, status, body, code) => {
  expect(await change(await serve(says(status, body)))).toMatchObject({ ok: false, problem: { code } });
});

it("ends a doubt at another console, whatever stands in front of the first", async () => {
  const proxy = await serve(says(502, "<html>"));
  const broken = await serve((request) => request.socket.destroy());
  const second = await serve(says(200, { done: true }));
  const requests = new RelayedRequests(new Session([proxy, broken, second], undefined), () => "local");
  expect(await requests.settle("request-1", answer)).toEqual({ done: true });
});

it("does nothing before the cluster's name is known, or where nobody listens", async () => {
  const requests = new RelayedRequests(new Session([], undefined), () => undefined);
  const asked = await requests.change({ method: "POST", path: "leader" }, context, answer);
  expect(asked).toMatchObject({ ok: false, problem: { code: "not-ready" } });
  expect(await change("http://127.0.0.1:1")).toMatchObject({ ok: false, problem: { code: "not-ready" } });
});
