import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { giveWay } from "../e2e/session_weight";

/** A task of the page's main thread may take this much processor time (ms). */
const TASK_MS_MAX = 50;

const root = new URL("..", import.meta.url).pathname;

/**
 * The page with 1,000 learners and 50 voters at ten changes a second, in a real browser: prints the figures of every round. Throws
 * where a task of the page takes longer than 50 ms of processor time, or the page does not behave.
 */
export async function measurePage(rounds: number): Promise<void> {
  const cli = createRequire(import.meta.url).resolve("@playwright/test/cli");
  for (let round = 1; round <= rounds; round += 1) {
    process.stdout.write(`The page at scale, round ${round} of ${rounds}: no task over ${TASK_MS_MAX} ms\n`);
    const code = await new Promise<number | null>((done) => {
      const child = spawn(process.execPath, [cli, "test", "e2e/scale.spec.ts"], {
        cwd: root,
        stdio: "inherit",
        detached: true,
        env: { ...process.env, ROLLCALL_TASK_MS_MAX: String(TASK_MS_MAX) },
      });
      if (child.pid !== undefined) giveWay(child.pid);
      const stop = () => child.kill("SIGINT");
      process.once("SIGINT", stop);
      child.once("exit", (code) => {
        process.off("SIGINT", stop);
        done(code);
      });
    });
    if (code !== 0) throw new Error(`round ${round} failed`);
  }
}
