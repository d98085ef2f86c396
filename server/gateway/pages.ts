import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import { PAGES_BYTES_MAX } from "./limits";

/** One file of the page, in memory. */
export interface PageFile {
  readonly bytes: Buffer;
  readonly type: string;
  readonly etag: string;
  /** Its name changes with its content, so it may be kept for ever. */
  readonly immutable: boolean;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".webmanifest": "application/manifest+json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".webp": "image/webp",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".woff": "font/woff",
};

/**
 * The built page, read once at start: a build that replaces the files under a running console can then neither break an answer half-way
 * nor leave a page whose scripts its policy does not know.
 */
export class Pages {
  private readonly files: ReadonlyMap<string, PageFile>;
  /** CSP sources of the inline scripts of every page. */
  private readonly scriptHashes: readonly string[];

  private constructor(files: ReadonlyMap<string, PageFile>) {
    this.files = files;
    const html = [...files.values()].filter((file) => file.type.startsWith("text/html"));
    this.scriptHashes = [...new Set(html.flatMap((file) => inlineScriptHashes(file.bytes.toString("utf8"))))];
  }

  /**
   * Reads a built page, for a console mounted at `basePath`; undefined where there is none. Throws for one that is absurdly large or
   * unreadable.
   */
  static read(directory: string, basePath = ""): Pages | undefined {
    if (!statSync(join(directory, "index.html"), { throwIfNoEntry: false })?.isFile()) return undefined;
    const files = new Map<string, PageFile>();
    let size = 0;
    for (const path of listFiles(directory)) {
      size += statSync(path).size;
      if (size > PAGES_BYTES_MAX) throw new Error(`it is over ${PAGES_BYTES_MAX} bytes`);
      const url = `/${relative(directory, path).split(sep).join("/")}`;
      files.set(url, toPageFile(url, readFileSync(path), basePath));
    }
    return new Pages(files);
  }

  /** The file of a path: a folder's is its index. "folder": the path lacks its slash at the end. */
  find(path: string): PageFile | "folder" | undefined {
    const file = this.files.get(path.endsWith("/") ? `${path}index.html` : path);
    if (file !== undefined) return file;
    return this.files.has(`${path}/index.html`) ? "folder" : undefined;
  }

  /** What a path that leads nowhere shows. */
  get notFound(): PageFile | undefined {
    return this.files.get("/404.html") ?? this.files.get("/404/index.html");
  }

  /**
   * What the page may load and do: nothing that is not from here. Inline scripts are known by their hashes; the exported HTML has
   * no inline styles. `host`: of the request, since not every browser takes 'self' for the stream too.
   */
  policyFor(host: string): string {
    return [
      "default-src 'self'",
      ["script-src 'self'", ...this.scriptHashes].join(" "),
      "style-src 'self'",
      "img-src 'self' data:",
      `connect-src 'self' ws://${host} wss://${host}`,
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join("; ");
  }
}

/** What the build has in the place of the mount point (next.config.js). */
const BASE_PATH_MARK = "/__rollcall_base_path__";

function toPageFile(url: string, built: Buffer, basePath: string): PageFile {
  const bytes = built.includes(BASE_PATH_MARK)
    ? Buffer.from(built.toString("utf8").replaceAll(BASE_PATH_MARK, basePath))
    : built;
  const hash = createHash("sha256").update(bytes).digest("base64url").slice(0, 22);
  const type = types[extname(url)] ?? "application/octet-stream";
  return { bytes, type, etag: `"${hash}"`, immutable: url.startsWith("/_next/static/") };
}

function listFiles(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.name.startsWith(".")) return [];
    if (entry.isDirectory()) return listFiles(path);
    return entry.isFile() ? [path] : [];
  });
}

/** CSP sources ('sha256-...') of the scripts that stand in an HTML page itself. */
export function inlineScriptHashes(html: string): string[] {
  const scripts = html.matchAll(/<script(?![^>]*\ssrc[\s=])[^>]*>([\s\S]*?)<\/script>/gi);
  return [...scripts].map(
    ([, code = ""]) => `'sha256-${createHash("sha256").update(code, "utf8").digest("base64")}'`,
  );
}
