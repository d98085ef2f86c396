#!/usr/bin/env node
// Node 20 runs no TypeScript: this file makes the bundle of the command, and the page where the command serves it, if
// they are missing or older than their sources, and then becomes the command.
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { BuildError, bundlePath, ensureBuilt, pagePath } from "./build.mjs";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`Rollcall needs Node 20.19 or newer; this is ${process.versions.node}.\n`);
  process.exit(1);
}

const commandsWithPage = new Set(["up", "node", "serve"]);
const words = process.argv.slice(2);
const command = words.find((word) => !word.startsWith("-"));
const servesPage = commandsWithPage.has(command ?? "") && !words.includes("--help") && !words.includes("-h");

try {
  const say = (text) => process.stderr.write(text);
  await ensureBuilt("backend", { say });
  if (servesPage) await ensureBuilt("page", { say });
} catch (error) {
  // Read-only checkouts and installations without the build tools still run what is there.
  const buildable = error instanceof BuildError || ["EROFS", "EACCES", "EPERM"].includes(error?.code);
  if (!buildable) throw error;
  const runnable = !(error instanceof BuildError) && existsSync(bundlePath);
  process.stderr.write(`${error.message}\n`);
  if (!runnable) process.exit(1);
}
if (existsSync(pagePath)) process.env.ROLLCALL_PAGE = pagePath;
await import(pathToFileURL(bundlePath).href);
