import { resolve } from "node:path";
import { consoleUrl, hostNode } from "../local/plan";
import { PlanFile } from "../local/plan_file";
import { DEFAULT_PORT } from "../local/ports";

/**
 * Which consoles to ask: the one named, else those of the plan in `dataDir`, the page's first, else the default address. Undefined
 * with a sentence when a plan that was asked for cannot be read.
 */
export function findConsoles(options: {
  readonly console: string | undefined;
  readonly dataDir: string | undefined;
  readonly cwd: string;
}): readonly string[] | { readonly fault: string } {
  if (options.console !== undefined) return [options.console.replace(/\/+$/, "")];
  const directory = resolve(options.cwd, options.dataDir ?? ".rollcall");
  const file = PlanFile.load(directory);
  if (!(file instanceof PlanFile)) {
    if (options.dataDir !== undefined || file.kind !== "missing") return { fault: file.message };
    return [`http://127.0.0.1:${DEFAULT_PORT}`];
  }
  const plan = file.current;
  const host = hostNode(plan);
  const active = plan.nodes.filter((node) => !node.removed);
  const nodes = active.length > 0 ? active : [...plan.nodes];
  return nodes.sort((a, b) => Number(b === host) - Number(a === host) || a.id - b.id).map(consoleUrl);
}

/** Checks an URL of a console. */
export function consoleAddress(text: string): string | undefined {
  try {
    const { protocol, search, hash } = new URL(text);
    if ((protocol === "http:" || protocol === "https:") && search === "" && hash === "") return undefined;
  } catch {
    // Said below.
  }
  return "must be a URL, such as http://127.0.0.1:7400";
}
