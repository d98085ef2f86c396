import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureBuilt } from "./build.mjs";

/** `rollcall/engine` as another project meets it: built, resolved through package.json, in a process of its own. */

const root = fileURLToPath(new URL("../..", import.meta.url));
const modules = dirname(dirname(createRequire(import.meta.url).resolve("typescript/package.json")));
let project: string;

beforeAll(async () => {
  await ensureBuilt("engine");
  project = mkdtempSync(join(tmpdir(), "rollcall-library-"));
  mkdirSync(join(project, "node_modules"));
  symlinkSync(root, join(project, "node_modules", "rollcall"));
  writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module" }));
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

function node(
  ...args: string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  return new Promise((done) => {
    execFile(process.execPath, args, { cwd: project, timeout: 200_000 }, (error, out, err) => {
      done({ code: error === null ? 0 : typeof error.code === "number" ? error.code : -1, out, err });
    });
  });
}

describe("rollcall/engine", () => {
  it("does nothing when it is imported: no output, no handle, no listener, no global, no file", async () => {
    writeFileSync(
      join(project, "import.mjs"),
      `import fs from "node:fs";
       const look = () => ({
         handles: process.getActiveResourcesInfo().filter((one) => one !== "PipeWrap" && one !== "CloseReq"),
         listeners: process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
         // The schema library keeps two registers of its own there.
         globals: Reflect.ownKeys(globalThis).map(String).filter((one) => !one.startsWith("__zod_global")),
         files: fs.readdirSync("."),
       });
       const before = JSON.stringify(look());
       const engine = await import("rollcall/engine");
       const after = JSON.stringify(look());
       if (before !== after) console.log(before, after);
       process.once("exit", () => process._rawDebug(Object.keys(engine).sort().join(" ")));`,
    );
    const ended = await node("import.mjs");
    expect(ended).toEqual({ code: 0, out: "", err: "EmbeddedEngine formNode redeemJoinToken\n" });
  });

  it("has declarations that a strict project with Node's own resolution compiles against, and no test door in them", async () => {
    writeFileSync(
      join(project, "use.ts"),
      `import { EmbeddedEngine, type MembershipSnapshot, type NodeId } from "rollcall/engine";
       const started = await EmbeddedEngine.start({ dataDir: "x" });
       if (!(started instanceof EmbeddedEngine)) throw new Error(started.message);
       const view: MembershipSnapshot = started.watchMembership().borrow();
       export const ids: readonly NodeId[] = view.members;
       // @ts-expect-error a snapshot has exactly three fields
       view.diff;
       // @ts-expect-error the door for tests is not public
       EmbeddedEngine.startOn(undefined, { dataDir: "x" });`,
    );
    const compilerOptions = {
      strict: true,
      noEmit: true,
      module: "nodenext",
      target: "es2022",
      lib: ["es2023"],
      types: [],
      erasableSyntaxOnly: true,
      exactOptionalPropertyTypes: true,
    };
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["use.ts"] }));
    const ended = await node(join(modules, "typescript", "bin", "tsc"), "-p", project);
    expect(ended).toEqual({ code: 0, out: "", err: "" });
  });
});
