/** `npm run simulate:mutants`: plants one known bug after the other and counts the seeds until the simulator finds it. */
import { availableParallelism } from "node:os";
import { bundleWorker } from "./bundle";
import { clientBugs } from "./planted/client_bugs";
import { coreBugs } from "./planted/core_bugs";
import { membershipBugs } from "./planted/membership_bugs";
import type { PlantedBug } from "./planted/planted_bug";
import { storageBugs } from "./planted/storage_bugs";
import { Pool } from "./pool";
import { Progress } from "./progress";

const EVENTS = 5000;
/** Seeds after which a bug counts as missed. */
const SEEDS_MAX = 600;

interface Verdict {
  readonly bug: PlantedBug;
  /** Seeds in which the planted code ran, up to the one that found it. */
  readonly ran: number;
  readonly seeds: number;
  readonly invariant: string | undefined;
  readonly detail: string;
}

async function hunt(bug: PlantedBug): Promise<Verdict> {
  const bundle = await bundleWorker(bug.replacements);
  const pool = new Pool(bundle.file, 1);
  let ran = 0;
  try {
    for (let seed = 1; seed <= SEEDS_MAX; seed += 1) {
      const { result, plantedRan } = await pool.run({ seed, events: EVENTS });
      if (!plantedRan) continue;
      ran += 1;
      if (result.violation !== undefined) {
        const { invariant, detail } = result.violation;
        return { bug, ran, seeds: seed, invariant, detail };
      }
    }
    return { bug, ran, seeds: SEEDS_MAX, invariant: undefined, detail: "" };
  } finally {
    await pool.close();
    bundle.remove();
  }
}

async function main(): Promise<number> {
  const wanted = process.argv.slice(2).join(" ");
  const all = [...coreBugs, ...membershipBugs, ...clientBugs, ...storageBugs];
  const bugs = all.filter(({ name }) => name.includes(wanted));
  const progress = new Progress(bugs.length, "bugs");
  const queue = [...bugs];
  let caught = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    for (let bug = queue.shift(); bug !== undefined; bug = queue.shift()) {
      const verdict = await hunt(bug);
      done += 1;
      if (verdict.invariant !== undefined) caught += 1;
      progress.clear();
      console.log(line(verdict));
      progress.show(done, `${caught} caught`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  progress.clear();
  console.log(`${bugs.length} planted bugs, ${caught} caught, in ${progress.seconds.toFixed(0)} s`);
  console.log(`${caught} passed, ${bugs.length - caught} failed`);
  return caught === bugs.length ? 0 : 1;
}

function line({ bug, ran, seeds, invariant, detail }: Verdict): string {
  if (invariant === undefined) return `MISSED  ${bug.name}: ${seeds} seeds, its code ran in ${ran}`;
  const exception = invariant === "no unexpected exception" ? ` (${detail.slice(0, 90)})` : "";
  return `caught  ${bug.name}: by "${invariant}"${exception} after ${ran} ${ran === 1 ? "seed" : "seeds"}`;
}

process.exitCode = await main();
