import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MemoryHost } from "../clusters/testing/memory_host";
import type { Gateway } from "./gateway";
import { apiTable } from "./routes";
import { ask, openGateway } from "./testing/ask";
import { MemoryCluster } from "./testing/memory_cluster";

/** Anything as path, query, header and body of every route: an answer of the catalogue, and nothing done unless it fits. */

let cluster: MemoryCluster;
let gateway: Gateway;

beforeEach(async () => {
  cluster = new MemoryCluster();
  gateway = await openGateway({ clusters: [cluster], machine: new MemoryHost() });
});
afterEach(() => gateway.close());

const word = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.constantFrom("local", "1", "4", "__proto__", "..", "18446744073709551616", "%00", "null"),
);
const body = fc.oneof(
  fc.constant(undefined),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.json(),
  fc
    .record(
      {
        id: fc.oneof(word, fc.integer(), fc.constant("4")),
        address: word,
        name: word,
        changes: fc.anything(),
        target: fc.oneof(word, fc.constant("2")),
        seen: fc.anything(),
        ratePerSecond: fc.anything(),
        start: word,
        kind: word,
        learner: fc.anything(),
      },
      { requiredKeys: [] },
    )
    .map((value) => JSON.stringify(value)),
);
const header = fc.string({ maxLength: 40 }).map((text) => text.replace(/[^\t\x20-\x7e]/g, "?"));
const anyHeaders = fc.record(
  {
    "if-match": fc.oneof(header, fc.constant('"e1:1"')),
    "idempotency-key": header,
    "rollcall-deadline-ms": header,
  },
  { requiredKeys: [] },
);
/** Half of all requests are good but for one or two of these, so that they get far. */
const question = fc.record({
  route: fc.constantFrom(...apiTable),
  params: fc.array(fc.oneof(fc.constantFrom("2", "start"), word), { minLength: 3, maxLength: 3 }),
  query: fc.oneof(fc.constant({}), fc.dictionary(word, word, { maxKeys: 3 })),
  headers: fc.oneof(fc.constant({ "if-match": '"e1:1"' }), anyHeaders),
  body: fc.oneof(
    fc.constantFrom("{}", '{"id":"4"}', '{"changes":[{"kind":"promote","id":"4"}]}', undefined),
    body,
  ),
});

describe("a request of any shape", () => {
  it("is answered in JSON, below 500, and does something only where it is answered as done", async () => {
    let done = 0;
    await fc.assert(
      fc.asyncProperty(question, async ({ route, params, query, headers, body: payload }) => {
        const values = [...params];
        const path = route.path.replace(/:(\w+)/g, (_, name) =>
          // Most requests are for the cluster that is there, or nothing would get past its name.
          name === "cluster" && values[0] !== ".." ? "local" : encodeURIComponent(values.pop() ?? ""),
        );
        const search = new URLSearchParams(query).toString();
        const before = cluster.asked.length;
        const answer = await ask(gateway, {
          method: route.method,
          path: `${path}${search === "" ? "" : `?${search}`}`,
          headers,
          body: route.method === "GET" ? undefined : payload,
        });
        const described = `${route.method} ${path} ${String(payload)}: ${answer.status} ${answer.text.slice(0, 200)}`;
        if (answer.status >= 400) {
          expect(answer.problem().status, described).toBe(answer.status);
          // Refusals of what could be read may be 503: a machine or a leader that is not there.
          expect([500, 501, 502], described).not.toContain(answer.status);
        }
        const asked = cluster.asked.length - before;
        if (asked > 0) {
          done += 1;
          expect(answer.status, described).toBeLessThan(400);
        }
      }),
      { numRuns: 1200, seed: 20261123 },
    );
    expect(done).toBeGreaterThan(0);
    expect((await ask(gateway, { path: "/livez" })).status).toBe(200);
  });
});
