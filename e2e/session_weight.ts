import { writeFileSync } from "node:fs";

/** The least weight there is, as `nice` counts. */
const LEAST = "19";

/**
 * Has a session of processes give way to all others that want a core: for what stands for another machine, or only looks on, while a
 * page is measured. `leader` was started detached, and so leads a session of its own. Linux weighs whole sessions against each
 * other, whatever the priorities of their processes; where the system does not do so, or permit it, nothing is changed.
 */
export function giveWay(leader: number): void {
  try {
    writeFileSync(`/proc/${leader}/autogroup`, LEAST);
  } catch {
    // No such thing here, or not permitted: the figures then hold more waiting.
  }
}
