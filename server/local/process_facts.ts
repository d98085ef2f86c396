import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";

/** What the system says about a process that exists. */
export interface ProcessFacts {
  /** Tells this process from any other that ever has the same pid, across reboots too. */
  readonly born: string;
  /** Stopped by SIGSTOP or the terminal. */
  readonly frozen: boolean;
}

/** A process named so that a recycled pid is never taken for it. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly born: string;
}

/** Looks at a process. Undefined: there is none, or it has ended and only waits to be collected. */
export async function processFacts(pid: number): Promise<ProcessFacts | undefined> {
  return process.platform === "linux" ? factsFromProc(pid) : factsFromPs(pid);
}

/** Whether this very process still runs. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  return (await processFacts(identity.pid))?.born === identity.born;
}

/** The identity of the process that has this pid now. */
export async function identityOf(pid: number): Promise<ProcessIdentity | undefined> {
  const facts = await processFacts(pid);
  return facts === undefined ? undefined : { pid, born: facts.born };
}

/**
 * Sends a signal to exactly this process. False: it is gone, and nothing was sent. Between look and signal lie microseconds
 * in which the pid cannot be recycled in practice (the system goes through all others first).
 */
export async function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): Promise<boolean> {
  if (!(await isRunning(identity))) return false;
  try {
    return process.kill(identity.pid, signal);
  } catch {
    return false;
  }
}

/** Resolves true once the process is gone, false after `timeoutMs`. */
export async function waitForExit(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    if (!(await isRunning(identity))) return true;
    if (performance.now() >= deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Ends a process: SIGTERM, seen by a frozen one too, then SIGKILL after `graceMs`. False: it is still there. */
export async function endProcess(identity: ProcessIdentity, graceMs: number): Promise<boolean> {
  await signalProcess(identity, "SIGTERM");
  await signalProcess(identity, "SIGCONT");
  if (await waitForExit(identity, graceMs)) return true;
  await signalProcess(identity, "SIGKILL");
  return waitForExit(identity, 1000);
}

function factsFromProc(pid: number): ProcessFacts | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The name stands in parentheses and may hold anything; state is the first field after it, start time the twentieth.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state = "", started] = [fields[0], fields[19]];
  if (started === undefined || state === "Z" || state === "X") return undefined;
  return { born: `${bootId()}:${started}`, frozen: state === "T" };
}

let knownBootId: string | undefined;

function bootId(): string {
  knownBootId ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return knownBootId;
}

function factsFromPs(pid: number): Promise<ProcessFacts | undefined> {
  return new Promise((resolve) => {
    execFile("ps", ["-o", "stat=,lstart=", "-p", String(pid)], (error, stdout) => {
      const match = /^(\S+)\s+(.+)$/.exec(stdout.trim());
      if (error !== null || match?.[1] === undefined || match[2] === undefined) return resolve(undefined);
      const [, state, born] = match;
      resolve(state.startsWith("Z") ? undefined : { born, frozen: state.startsWith("T") });
    });
  });
}
