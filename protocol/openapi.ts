/** An OpenAPI 3.1 document. */
export type OpenApiDocument = { readonly openapi: "3.1.0" } & Readonly<Record<string, unknown>>;

/** Describes the HTTP API from the very schemas that server and browser validate with. `version`: the program's. */
export function buildOpenApi(options: { readonly version: string }): OpenApiDocument {
  throw new Error(`not written yet ${options.version}`);
}
