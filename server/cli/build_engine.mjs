import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { root } from "./sources.mjs";

/** What `rollcall/engine` is made of: one bundle, and the declarations its users' compilers read. */
const dist = join(root, "dist");
export const enginePath = join(dist, "engine.mjs");
const typesPath = join(dist, "engine-types");
const entry = "server/engine/index";

/**
 * Makes the library: dist/engine.mjs and dist/engine-types. Throws with what the tools said.
 * @returns {Promise<void>}
 */
export async function makeEngine() {
  const esbuild = await import("esbuild");
  mkdirSync(dist, { recursive: true });
  const work = mkdtempSync(join(dist, "engine-"));
  try {
    await esbuild.build({
      absWorkingDir: root,
      entryPoints: [`${entry}.ts`],
      outfile: join(work, "engine.mjs"),
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20.19",
      sourcemap: "inline",
      sourcesContent: false,
      legalComments: "none",
      logLevel: "silent",
    });
    await declare(join(work, "declared"));
    gather(join(work, "declared"), join(work, "types"));
    rmSync(typesPath, { recursive: true, force: true });
    renameSync(join(work, "types"), typesPath);
    renameSync(join(work, "engine.mjs"), enginePath);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** @param {string} outDir */
async function declare(outDir) {
  const compiler = join(
    dirname(createRequire(import.meta.url).resolve("typescript/package.json")),
    "bin/tsc",
  );
  const config = join(root, "server", "engine", "tsconfig.declarations.json");
  try {
    await promisify(execFile)(process.execPath, [compiler, "-p", config, "--outDir", outDir], { cwd: root });
  } catch (error) {
    throw new Error(
      `the engine's declarations could not be made:\n${error.stdout ?? ""}${error.stderr ?? ""}`,
    );
  }
}

/**
 * Copies the declarations that the entry reaches, and no others. Their imports get the endings that a reader with Node's own
 * resolution needs; our sources, which are bundled, do without.
 * @param {string} from
 * @param {string} to
 */
function gather(from, to) {
  const waiting = [join(from, `${entry}.d.ts`)];
  const seen = new Set(waiting);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const folder = dirname(path);
    const text = readFileSync(path, "utf8").replace(
      /(\bfrom |\bimport\()"(\.[^"]+)"/g,
      (_, before, specifier) => {
        const plain = join(folder, specifier);
        const target = existsSync(`${plain}.d.ts`) ? plain : join(plain, "index");
        if (!seen.has(`${target}.d.ts`)) {
          seen.add(`${target}.d.ts`);
          waiting.push(`${target}.d.ts`);
        }
        const path = relative(folder, target).split(sep).join("/");
        return `${before}"${path.startsWith(".") ? path : `./${path}`}.js"`;
      },
    );
    const made = join(to, relative(from, path));
    mkdirSync(dirname(made), { recursive: true });
    writeFileSync(made, text);
  }
}
