import { type Dirent, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { CommandResult } from "./replay";

const BYTES_MAX = 16 * 1024 * 1024;

/** The scenario files among `paths`, folders searched recursively, in order of name; or why there are none. */
export function findScenarios(
  paths: readonly string[],
): { readonly files: readonly string[] } | { readonly error: string } {
  const files: string[] = [];
  for (const path of paths) {
    const full = resolve(path);
    if (!existsSync(full)) return { error: `no such file or folder: ${path}` };
    if (!statSync(full).isDirectory()) {
      files.push(full);
      continue;
    }
    const inside = listFiles(full).filter(holdsScenario);
    if (inside.length === 0) return { error: `no scenario files in ${path}` };
    files.push(...inside);
  }
  return { files: [...new Set(files)] };
}

export function readScenario(file: string): string {
  return readFileSync(file, "utf8");
}

/** Replaces the expected outputs of `failures` in the file by what was printed. */
export function rewriteScenario(file: string, text: string, failures: readonly CommandResult[]): void {
  const lines = text.split("\n");
  for (const { directive, actual } of [...failures].reverse()) {
    const [from, to] = directive.expectedLines;
    lines.splice(from, to - from, ...actual.split("\n"));
  }
  writeFileSync(file, lines.join("\n"));
}

function listFiles(folder: string): readonly string[] {
  const byName = (a: Dirent, b: Dirent) => (a.name < b.name ? -1 : 1);
  return readdirSync(folder, { withFileTypes: true })
    .sort(byName)
    .flatMap((entry) => {
      if (entry.name.startsWith(".") || entry.name === "node_modules") return [];
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return listFiles(path);
      return entry.isFile() && statSync(path).size <= BYTES_MAX ? [path] : [];
    });
}

/** In a folder, what has no separator line is something else: a licence, a readme. */
function holdsScenario(file: string): boolean {
  return /^----$/m.test(readScenario(file).replaceAll("\r", ""));
}
