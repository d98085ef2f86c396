import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * What each output is made from: folders and files of the checkout. A change of their content, and of nothing else, makes
 * the output old; times of files say nothing after a clone or a copy.
 */
const sourcesOf = {
  backend: ["server", "protocol", "package-lock.json"],
  engine: ["server/engine", "server/raft", "server/storage", "server/transport", "package-lock.json"],
  page: [
    "app",
    "components",
    "client",
    "protocol",
    "next.config.js",
    "postcss.config.mjs",
    "tsconfig.json",
    "package-lock.json",
  ],
};

/**
 * Content hash (hex) of everything the output is made from.
 * @param {"backend" | "engine" | "page"} output
 * @returns {string}
 */
export function sourcesHash(output) {
  const hash = createHash("sha256");
  for (const path of sourcesOf[output].flatMap((entry) => filesUnder(join(root, entry)))) {
    const content = readFileSync(path);
    hash.update(`${relative(root, path).split(sep).join("/")}\0${content.length}\0`);
    hash.update(content);
  }
  return hash.digest("hex");
}

/**
 * @param {string} path
 * @returns {string[]} files, sorted, tests left out; nothing where the path does not exist
 */
function filesUnder(path) {
  let entries;
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch (error) {
    if (error.code === "ENOTDIR") return [path];
    if (error.code === "ENOENT") return [];
    throw error;
  }
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .filter((entry) => !/(^\.)|(\.test\.tsx?$)/.test(entry.name))
    .flatMap((entry) => filesUnder(join(path, entry.name)));
}
