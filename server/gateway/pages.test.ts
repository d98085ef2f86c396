import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Gateway, startGateway } from "./gateway";
import { inlineScriptHashes } from "./pages";
import { ask, openGateway, sayRaw } from "./testing/ask";
import { MemoryCluster } from "./testing/memory_cluster";

let folder: string;
let gateway: Gateway;

const html =
  '<!doctype html><script src="/_next/static/a.js" async></script><script>boot(1)</script><p>page</p>';

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-pages-"));
  write("index.html", html);
  write("cluster/index.html", html.replace("boot(1)", "boot(2)"));
  write("404.html", "<!doctype html><p>nothing here</p>");
  write("_next/static/chunks/a-1b2c.js", "a()");
  write(".secret", "not for the web");
  gateway = await openGateway({ clusters: [new MemoryCluster()], pages: folder });
});
afterEach(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true });
});

describe("the page", () => {
  it("is the cluster's at once where there is only one", async () => {
    const answer = await ask(gateway, { path: "/" });
    expect([answer.status, answer.headers.location]).toEqual([302, "/cluster/?c=local"]);
  });

  it("is the overview where there are several", async () => {
    const clusters = [new MemoryCluster("local"), new MemoryCluster("other")];
    const own = await openGateway({ clusters, pages: folder });
    const answer = await ask(own, { path: "/" });
    await own.close();
    expect([answer.status, answer.text]).toEqual([200, html]);
  });

  it("may load and do only what comes from here, its own inline scripts included", async () => {
    const answer = await ask(gateway, { path: "/cluster/?c=local" });
    const policy = answer.headers["content-security-policy"] ?? "";
    expect(answer.status).toBe(200);
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain(`connect-src 'self' ws://127.0.0.1:${gateway.port}`);
    for (const hash of [
      ...inlineScriptHashes("<script>boot(1)</script>"),
      ...inlineScriptHashes("<script>boot(2)</script>"),
    ]) {
      expect(policy).toContain(hash);
    }
    expect(policy).not.toMatch(/script-src[^;]*unsafe/);
    expect(answer.headers).toMatchObject({
      "cache-control": "no-cache",
      "referrer-policy": "same-origin",
      "x-content-type-options": "nosniff",
      "content-type": "text/html; charset=utf-8",
    });
  });

  it("has files that may be kept for ever, and pages that are asked for again", async () => {
    const script = await ask(gateway, { path: "/_next/static/chunks/a-1b2c.js" });
    expect([script.text, script.headers["cache-control"]]).toEqual([
      "a()",
      "public, max-age=31536000, immutable",
    ]);
    const page = await ask(gateway, { path: "/cluster/" });
    const again = await ask(gateway, {
      path: "/cluster/",
      headers: { "if-none-match": page.headers.etag ?? "" },
    });
    expect([again.status, again.text]).toEqual([304, ""]);
    const head = await ask(gateway, { method: "HEAD", path: "/cluster/" });
    expect([head.status, head.text, head.headers["content-length"]]).toEqual([
      200,
      "",
      page.headers["content-length"],
    ]);
  });

  it("leads to a folder's own address, with its query", async () => {
    const answer = await ask(gateway, { path: "/cluster?c=local&q=a%20b" });
    expect([answer.status, answer.headers.location]).toEqual([308, "/cluster/?c=local&q=a+b"]);
  });

  it("says so where there is none, and shows nothing that is not of it", async () => {
    const missing = await ask(gateway, { path: "/nothing" });
    expect([missing.status, missing.text]).toEqual([404, "<!doctype html><p>nothing here</p>"]);
    for (const path of [
      "/.secret",
      "/%2e%2e/package.json",
      "/cluster/../../etc/passwd",
      "/..%2f..%2fetc%2fpasswd",
    ]) {
      expect((await ask(gateway, { path })).status).toBe(404);
    }
    const host = `host: 127.0.0.1:${gateway.port}`;
    const raw = await sayRaw(
      gateway,
      `GET /../../../../etc/passwd HTTP/1.1\r\n${host}\r\nconnection: close\r\n\r\n`,
    );
    expect(raw).toMatch(/^HTTP\/1.1 404 /);
  });

  it("stays what it was when a build replaces its files", async () => {
    rmSync(join(folder, "cluster"), { recursive: true });
    write("_next/static/chunks/a-1b2c.js", "changed, and much longer");
    expect((await ask(gateway, { path: "/cluster/" })).status).toBe(200);
    expect((await ask(gateway, { path: "/_next/static/chunks/a-1b2c.js" })).text).toBe("a()");
  });
});

describe("a mounted page", () => {
  it("has its own mount point wherever the build has a mark, also in what its policy allows", async () => {
    const marked = "<!doctype html><script>boot('/__rollcall_base_path__/x')</script>";
    write("cluster/index.html", marked);
    for (const basePath of ["", "/ops/rollcall"]) {
      const own = await openGateway({ clusters: [new MemoryCluster()], pages: folder, basePath });
      const answer = await ask(own, { path: `${basePath}/cluster/` });
      const script = `<script>boot('${basePath}/x')</script>`;
      expect(answer.text).toBe(`<!doctype html>${script}`);
      for (const hash of inlineScriptHashes(script)) {
        expect(answer.headers["content-security-policy"]).toContain(hash);
      }
      const front = await ask(own, { path: `${basePath}/` });
      expect(front.headers.location).toBe(`${basePath}/cluster/?c=local`);
      const folderPath = await ask(own, { path: `${basePath}/cluster?c=local` });
      expect(folderPath.headers.location).toBe(`${basePath}/cluster/?c=local`);
      await own.close();
    }
  });
});

describe("without a page", () => {
  it("the API works, and / says how to build it", async () => {
    rmSync(join(folder, "index.html"));
    const own = await openGateway({ clusters: [new MemoryCluster()], pages: folder });
    const front = await ask(own, { path: "/" });
    const api = await ask(own, { path: "/api/clusters" });
    await own.close();
    expect([front.status, api.status]).toEqual([503, 200]);
    expect(front.text).toContain("npm run build");
  });

  it("a page that is absurdly large is a fault, not a crash", async () => {
    write("huge.js", "");
    truncateSync(join(folder, "huge.js"), 65 * 1024 * 1024);
    const started = await startGateway({ clusters: [], port: 0, pages: folder });
    expect(started).toMatchObject({ kind: "io", message: expect.stringContaining(folder) });
  });
});
