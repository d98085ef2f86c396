import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { apiRoutes } from "../../protocol/api_routes";
import { closeCodes, serverFrameSchema } from "../../protocol/frames";
import { problemCatalogue } from "../../protocol/problem";
import { apiTable } from "./routes";
import { ask, openGateway } from "./testing/ask";
import { MemoryCluster } from "./testing/memory_cluster";

/** A path with its parameters unnamed, whichever way they are marked. */
const shape = (path: string) => path.replace(/\{\w+\}|:\w+/g, "*");
const documentation = readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8");

describe("the API", () => {
  it("answers what its description says, and nothing else", () => {
    const answered = apiTable.map((route) => `${route.method} ${shape(route.path)}`);
    const described = apiRoutes.map((route) => `${route.method.toUpperCase()} ${shape(route.path)}`);
    expect(answered.filter((route) => route !== "GET /api/openapi.json").sort()).toEqual(described.sort());
  });

  it("takes the query parameters of its description, and no others", async () => {
    const gateway = await openGateway({ clusters: [new MemoryCluster()] });
    const read = apiRoutes.filter((route) => route.method === "get" || route.query !== undefined);
    for (const { method, path, query = [] } of read) {
      const real = path.replace("{cluster}", "local").replace(/\{\w+\}/g, "12345678");
      const asked = async (search: string) => {
        const headers = { "if-match": '"e1:1"' };
        return ask(gateway, { method: method.toUpperCase(), path: `${real}?${search}`, headers });
      };
      expect((await asked("nothing=1")).problem(), real).toMatchObject({ status: 422, field: "nothing" });
      const good = query.map(
        ({ name, schema }) => `${name}=${(schema.enum as string[] | undefined)?.[0] ?? 1}`,
      );
      expect((await asked(good.join("&"))).status, real).not.toBe(422);
    }
    await gateway.close();
  });

  it("changes nothing by GET", () => {
    expect(apiTable.filter((route) => route.method === "GET" && route.mutates)).toEqual([]);
  });
});

describe("docs/protocol.md", () => {
  it("explains every code of the error catalogue, with its status", () => {
    for (const [code, { status }] of Object.entries(problemCatalogue)) {
      expect(documentation).toMatch(new RegExp(`^\\| \`${code}\` \\| ${status} \\| \\S.{20,} \\|$`, "m"));
    }
  });

  it("lists no code that is not in the catalogue", () => {
    const listed = [...documentation.matchAll(/^\| `([a-z-]+)` \| \d{3} \|/gm)].map(([, code]) => code);
    expect(listed.sort()).toEqual(Object.keys(problemCatalogue).sort());
  });

  it("names every path of the API, every frame and every close code", () => {
    for (const route of apiRoutes) {
      expect(documentation).toContain(
        `${route.method.toUpperCase()} ${route.path.replace("/api/clusters/{cluster}", "…")}`,
      );
    }
    for (const option of serverFrameSchema.options) {
      expect(documentation).toContain(`\`${option.shape.type.value}\``);
    }
    for (const { code, sentence } of Object.values(closeCodes)) {
      expect(documentation).toContain(`| ${code} | ${sentence} |`);
    }
  });
});
