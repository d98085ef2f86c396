import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { systemReason } from "./durable_file";
import type { LaunchedProcess } from "./node_process";

/** How to run this very command again: the program and the words before the command's own. */
export interface SelfCommand {
  readonly program: string;
  readonly words: readonly string[];
}

/**
 * Starts a process that outlives this one: a session of its own, so that neither Ctrl-C nor the end of this process reaches it;
 * no pipes that could break. What it says goes to the end of `logPath`. A sentence where it cannot be started.
 */
export function launchDetached(
  command: SelfCommand,
  words: readonly string[],
  logPath: string,
): LaunchedProcess | string {
  let output: number;
  try {
    output = openSync(logPath, "a", 0o600);
  } catch (error) {
    return `cannot write ${logPath}: ${systemReason(error)}`;
  }
  try {
    const child = spawn(command.program, [...command.words, ...words], {
      detached: true,
      stdio: ["ignore", output, output],
      // A token for this process is none for another.
      env: { ...process.env, ROLLCALL_JOIN_TOKEN: undefined },
    });
    const calls: ((code: number | null, signal: string | null) => void)[] = [];
    let end: [number | null, string | null] | undefined;
    child.once("exit", (code, signal) => {
      end = [code, signal];
      for (const call of calls) call(code, signal);
    });
    // Without a pid nothing was started; the reason comes as an event, later.
    child.on("error", () => {});
    if (child.pid === undefined) return `cannot run ${command.program}`;
    child.unref();
    return {
      pid: child.pid,
      onExit: (call) => (end === undefined ? void calls.push(call) : call(...end)),
    };
  } finally {
    closeSync(output);
  }
}
