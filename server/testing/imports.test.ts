import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/** The rules of docs/architecture.md about who imports whom, types included. Tests and what only they use may take what they like. */

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What each room may import besides itself. Nothing runs upwards. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  client: ["protocol"],
  components: ["client", "protocol"],
  app: ["components", "client"],
  "server/raft": [],
  "server/rpc": [],
  "server/consoles": ["protocol", "server/rpc"],
  "server/storage": ["server/raft"],
  "server/transport": ["server/raft"],
  "server/engine": ["server/raft", "server/storage", "server/transport"],
  "server/d_engine_api": ["server/engine", "server/rpc"],
  "server/clusters": [
    "protocol",
    "server/consoles",
    "server/engine",
    "server/raft",
    "server/rpc",
    "server/transport",
  ],
  "server/gateway": ["protocol", "server/clusters", "server/engine"],
  "server/local": ["protocol", "server/clusters", "server/engine", "server/storage"],
  "server/config": ["protocol", "server/local"],
  "server/cli": [
    "protocol",
    "server/clusters",
    "server/config",
    "server/consoles",
    "server/d_engine_api",
    "server/engine",
    "server/gateway",
    "server/local",
    "server/storage",
  ],
};

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return ["generated", "testing"].includes(entry.name) ? [] : sources(path);
    return /\.tsx?$/.test(entry.name) && !/\.(test|d)\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

/** The files of this tree that a file imports. */
function importsOf(path: string): string[] {
  const text = readFileSync(path, "utf8");
  const statements = text.matchAll(/^(?:import|export)\b[^;]*?from "(\.[^"]+)"|^import "(\.[^"]+)"/gms);
  return [...statements].flatMap(([, from, bare]) => {
    const base = resolve(dirname(path), from ?? bare ?? "");
    return [base, `${base}.ts`, `${base}.tsx`, `${base}/index.ts`].filter(
      (file) => /\.tsx?$/.test(file) && existsSync(file),
    );
  });
}

const files = ["protocol", "client", "components", "app", "server"].flatMap((folder) =>
  sources(`${root}${folder}`),
);
const graph = new Map(files.map((file) => [file, importsOf(file)]));
const short = (path: string) => relative(root, path);

function roomOf(path: string): string {
  const [first = "", second = ""] = short(path).split("/");
  return first === "server" ? `${first}/${second}` : first;
}

test("imports run downwards only", () => {
  const upward = [...graph].flatMap(([file, imports]) =>
    imports
      .filter(
        (other) => roomOf(other) !== roomOf(file) && allowed[roomOf(file)]?.includes(roomOf(other)) !== true,
      )
      .map((other) => `${short(file)} -> ${short(other)}`),
  );
  expect(upward).toEqual([]);
  expect(files.length).toBeGreaterThan(300);
});

test("no files import each other, not even in a circle", () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].map(short).join(" -> "));
    if (done.has(file)) return;
    done.add(file);
    for (const next of graph.get(file) ?? []) visit(next, [...way, file]);
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});
