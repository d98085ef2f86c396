// Takes the pictures of the README's tour anew, into docs/shots.
import { spawnSync } from "node:child_process";

const env = { ...process.env, ROLLCALL_SHOTS: new URL("../docs/shots", import.meta.url).pathname };
const { status } = spawnSync("npx", ["playwright", "test", "shots"], {
  stdio: "inherit",
  env,
  shell: process.platform === "win32",
});
process.exitCode = status ?? 1;
