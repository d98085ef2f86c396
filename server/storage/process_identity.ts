import { execFileSync } from "node:child_process";
import fs from "node:fs";

/** Names a process beyond its pid, which the system gives to another one some day. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the system's own words; "" where that cannot be learned. */
  readonly started: string;
}

/** This process. */
export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, started: processStart(process.pid) };
}

/** Whether that very process still lives. Unsure counts as alive. */
export function isAlive({ pid, started }: ProcessIdentity): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
  }
  const now = processStart(pid);
  return now === "" || started === "" || now === started;
}

function processStart(pid: number): string {
  try {
    if (process.platform === "linux") {
      // Field 22, counted after the command's name, which is in parentheses and may hold anything.
      const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
      const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
      return `${fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${ticks}`;
    }
    if (process.platform === "win32") return "";
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
  } catch {
    return "";
  }
}
