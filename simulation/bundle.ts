import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

/** One exact piece of a source file, and what stands in its place. */
export interface Replacement {
  /** From the project's root. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** A worker built from the sources, with pieces of them replaced. Sources on the disk stay as they are. */
export interface Bundle {
  readonly file: string;
  remove(): void;
}

/** Builds the worker. Throws if a piece to be replaced does not stand in its file exactly once. */
export async function bundleWorker(replacements: readonly Replacement[] = []): Promise<Bundle> {
  const directory = mkdtempSync(join(tmpdir(), "rollcall-simulation-"));
  const file = join(directory, "worker.mjs");
  const remove = () => rmSync(directory, { recursive: true, force: true });
  try {
    await build({
      entryPoints: [join(root, "simulation/worker.ts")],
      absWorkingDir: root,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      outfile: file,
      sourcemap: "inline",
      logLevel: "silent",
      plugins: replacements.length > 0 ? [replacing(replacements)] : [],
    });
  } catch (error) {
    remove();
    throw error;
  }
  return { file, remove };
}

/** The pieces that do not stand in their file exactly once, each with a sentence: the code around them has changed. */
export async function staleReplacements(replacements: readonly Replacement[]): Promise<string[]> {
  const stale: string[] = [];
  for (const replacement of replacements) {
    const source = await readFile(join(root, replacement.file), "utf8");
    const fault = staleness(source, replacement);
    if (fault !== undefined) stale.push(fault);
  }
  return stale;
}

function staleness(source: string, { file, find }: Replacement): string | undefined {
  const count = source.split(find).length - 1;
  return count === 1 ? undefined : `${file} holds this piece ${count} times instead of once: ${find}`;
}

function replacing(replacements: readonly Replacement[]): Plugin {
  return {
    name: "replace",
    setup(builder) {
      for (const path of new Set(replacements.map(({ file }) => join(root, file)))) {
        const own = replacements.filter(({ file }) => join(root, file) === path);
        const filter = new RegExp(`${path.replace(/[.\\/[\]()+*?^$|{}]/g, "\\$&")}$`);
        builder.onLoad({ filter }, async () => {
          const source = await readFile(path, "utf8");
          return { loader: "ts" as const, contents: own.reduce(replaceOnce, source) };
        });
      }
    },
  };
}

function replaceOnce(source: string, replacement: Replacement): string {
  const fault = staleness(source, replacement);
  if (fault !== undefined) throw new Error(fault);
  return source.replace(replacement.find, () => replacement.replace);
}
