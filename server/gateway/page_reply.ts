import type { IncomingMessage, ServerResponse } from "node:http";
import type { PageFile, Pages } from "./pages";

const pageHeaders = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
};

const NOT_BUILT = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Rollcall: the page is not built</title>
<p>The page is not built. Run <code>npm run build</code> in the checkout and start this console again.</p>
<p>The API works: <a href="/api/clusters">/api/clusters</a>, described by <a href="/api/openapi.json">/api/openapi.json</a>.</p>
</html>
`;

/** Answers a GET or HEAD outside the API: files of the page; with one cluster "/" leads to it. */
export function sendPage(
  pages: Pages | undefined,
  console: { readonly clusters: readonly string[]; readonly basePath: string },
  request: IncomingMessage,
  response: ServerResponse,
  target: { readonly path: string; readonly query: URLSearchParams },
): void {
  const { clusters, basePath } = console;
  const [only] = clusters;
  if (target.path === "/" && clusters.length === 1 && only !== undefined && pages !== undefined) {
    redirect(response, 302, `${basePath}/cluster/?c=${encodeURIComponent(only)}`);
    return;
  }
  if (pages === undefined) {
    const status = target.path === "/" ? 503 : 404;
    sendText(response, status, NOT_BUILT);
    return;
  }
  const file = pages.find(decoded(target.path));
  if (file === "folder") {
    const query = target.query.size === 0 ? "" : `?${target.query}`;
    redirect(response, 308, `${basePath}${target.path}/${query}`);
    return;
  }
  const policy = pages.policyFor(request.headers.host ?? "");
  if (file !== undefined) sendFile(request, response, file, policy);
  else if (pages.notFound !== undefined) sendFile(request, response, pages.notFound, policy, 404);
  else sendText(response, 404, "<!doctype html><title>Not found</title><p>There is no such page.</p>\n");
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function redirect(response: ServerResponse, status: number, location: string): void {
  response
    .writeHead(status, { ...pageHeaders, "cache-control": "no-store", location, "content-length": 0 })
    .end();
}

function sendText(response: ServerResponse, status: number, html: string): void {
  const bytes = Buffer.from(html);
  response
    .writeHead(status, {
      ...pageHeaders,
      "cache-control": "no-store",
      "content-length": bytes.length,
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "content-type": "text/html; charset=utf-8",
    })
    .end(bytes);
}

function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: PageFile,
  policy: string,
  status = 200,
): void {
  const headers = {
    ...pageHeaders,
    "cache-control": file.immutable ? "public, max-age=31536000, immutable" : "no-cache",
    "content-security-policy": policy,
    etag: file.etag,
  };
  if (status === 200 && request.headers["if-none-match"] === file.etag) {
    response.writeHead(304, headers).end();
    return;
  }
  const own = { ...headers, "content-type": file.type, "content-length": file.bytes.length };
  response.writeHead(status, own).end(file.bytes);
}
