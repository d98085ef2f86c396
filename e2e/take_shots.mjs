// Takes the pictures of the README's tour and of every state anew, into docs/shots.
import { spawnSync } from "node:child_process";

const env = { ...process.env, ROLLCALL_SHOTS: new URL("../docs/shots", import.meta.url).pathname };
const { status } = spawnSync("npx", ["playwright", "test", "--grep", "@shots", "--workers", "1"], {
  stdio: "inherit",
  env,
  shell: process.platform === "win32",
});
process.exitCode = status ?? 1;
