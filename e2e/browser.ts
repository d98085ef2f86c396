import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** A browser to test with: where it is, and the flags it needs. */
export interface TestBrowser {
  readonly path: string;
  readonly args: readonly string[];
}

const names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "microsoft-edge"];
const places = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * The browser named by ROLLCALL_BROWSER, else the system's, else the one that the npm package @sparticuz/chromium carries. Nothing
 * is downloaded. Throws if a browser was named and is not there.
 */
export async function findBrowser(): Promise<TestBrowser> {
  const named = process.env.ROLLCALL_BROWSER;
  if (named === "bundled") return bundled();
  if (named !== undefined && named !== "") {
    if (!isExecutable(named)) throw new Error(`ROLLCALL_BROWSER names ${named}, which cannot be run.`);
    return { path: named, args: [] };
  }
  const folders = (process.env.PATH ?? "").split(delimiter);
  const candidates = [...names.flatMap((name) => folders.map((folder) => join(folder, name))), ...places];
  const found = candidates.find(isExecutable);
  return found === undefined ? bundled() : { path: found, args: [] };
}

/** Made for small cloud functions: of its flags only the software renderer is taken, since the rest weakens what is under test. */
async function bundled(): Promise<TestBrowser> {
  const { default: chromium } = await import("@sparticuz/chromium");
  return { path: await chromium.executablePath(), args: ["--use-gl=angle", "--use-angle=swiftshader"] };
}
