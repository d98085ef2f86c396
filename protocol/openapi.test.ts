import { describe, expect, it } from "vitest";
import { z } from "zod";
import { apiRoutes } from "./api_routes";
import { buildOpenApi } from "./openapi";

const referenceSchema = z.object({ $ref: z.string() });

/** Every "$ref" anywhere in a document. */
function references(node: unknown): string[] {
  if (typeof node !== "object" || node === null) return [];
  const own = referenceSchema.safeParse(node).data?.$ref;
  return [...(own === undefined ? [] : [own]), ...Object.values(node).flatMap(references)];
}

describe("the OpenAPI document", () => {
  const document = buildOpenApi({ version: "0.1.0" });

  it("is plain JSON of version 3.1", () => {
    expect(document.openapi).toBe("3.1.0");
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });

  it("refers only to schemas it holds", () => {
    const used = new Set(references(document));
    expect(used.size).toBeGreaterThan(10);
    for (const reference of used) {
      const [, name] = /^#\/components\/schemas\/(\w+)$/.exec(reference) ?? [];
      expect(document.components.schemas[name ?? reference]).toBeDefined();
    }
  });

  it("has one operation for each route, with every parameter of its path", () => {
    const ids = new Set<unknown>();
    for (const { method, path } of apiRoutes) {
      const operation = z
        .object({
          operationId: z.string(),
          parameters: z.array(z.object({ name: z.string(), in: z.string() })),
        })
        .parse(document.paths[path]?.[method]);
      ids.add(operation.operationId);
      const named = operation.parameters.filter((one) => one.in === "path").map((one) => `{${one.name}}`);
      expect(path.match(/\{\w+\}/g) ?? []).toEqual(named);
    }
    expect(ids.size).toBe(apiRoutes.length);
  });

  it("asks for the fence where a change needs it", () => {
    const text = JSON.stringify(document.paths["/api/clusters/{cluster}/members/{id}/promote"]);
    expect(text).toContain("If-Match");
    expect(JSON.stringify(document.paths["/api/clusters/{cluster}/assess"])).not.toContain("If-Match");
  });

  it("tells every parameter's form, and where a fence comes back", () => {
    const history = JSON.stringify(document.paths["/api/clusters/{cluster}/history"]);
    expect(history).toContain('"enum":["omit"]');
    expect(history).toContain('"minimum":1,"maximum":1000');
    expect(JSON.stringify(document.paths["/api/clusters/{cluster}/plans/{id}/{verb}"])).toContain(
      '"enum":["pause","resume","stop","confirm"]',
    );
    const membership = JSON.stringify(document.paths["/api/clusters/{cluster}/membership"]);
    for (const word of ["If-None-Match", '"304"', '"ETag"']) expect(membership).toContain(word);
    expect(JSON.stringify(document.paths["/api/clusters/{cluster}/members/{id}/promote"])).toContain(
      '"ETag"',
    );
    expect(JSON.stringify(document.paths["/api/clusters/{cluster}/status"])).not.toContain('"ETag"');
  });

  it("is made from the schemas themselves", () => {
    expect(document.components.schemas.AddLearner).toMatchObject({
      type: "object",
      additionalProperties: false,
      properties: { id: { type: "string" }, start: { const: "local" } },
    });
  });
});
