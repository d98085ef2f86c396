import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { systemReason } from "./durable_file";
import type { LaunchedProcess } from "./node_process";

/** How to run this very command again: the program and the words before the command's own. */
export interface SelfCommand {
  readonly program: string;
  readonly words: readonly string[];
}

/** Settings that every console of a local cluster shares, and that an argument list must not hold or cannot. */
const sharedSettings: ReadonlySet<string> = new Set([
  "ROLLCALL_OPERATOR_TOKEN",
  "ROLLCALL_VIEWER_TOKEN",
  "ROLLCALL_PAGE",
  "ROLLCALL_TRUSTED_ORIGINS",
]);

/**
 * The environment of another node's process. What else a variable tells this process (its address, its public URL, its directory, its
 * token) is not meant for that one: its own flags tell it.
 */
export function inheritedEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  const kept = Object.entries(env).filter(
    ([name]) => !name.startsWith("ROLLCALL_") || sharedSettings.has(name),
  );
  return Object.fromEntries(kept);
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
      env: inheritedEnvironment(process.env),
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
