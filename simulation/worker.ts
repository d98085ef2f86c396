/** Runs seeds in a thread of its own. One task at a time; each is answered by one message. */
import { parentPort } from "node:worker_threads";
import { type RunOptions, type RunResult, runSeed } from "./simulation";
import { describeError } from "./world";

/** What a worker answers. */
export interface WorkerAnswer {
  readonly result: RunResult;
  /** Code that was planted into this build ran during the task. */
  readonly plantedRan: boolean;
}

declare global {
  /** Set by planted code; only in builds that hold some. */
  var plantedRan: boolean | undefined;
}

let current: RunOptions | undefined;

function answer(result: RunResult): void {
  if (current === undefined) return;
  current = undefined;
  parentPort?.postMessage({ result, plantedRan: globalThis.plantedRan === true } satisfies WorkerAnswer);
}

function failed(options: RunOptions, error: unknown): RunResult {
  const violation = {
    invariant: "no unexpected exception",
    detail: describeError(error),
    event: 0,
    timeMs: 0,
  };
  const { seed } = options;
  return { seed, events: 0, virtualMs: 0, violation, hash: 0, coverage: new Map(), actions: [], trace: [] };
}

// A promise that the engine rejects and nobody awaits would end the process.
process.on("unhandledRejection", (error) => {
  if (current !== undefined) answer(failed(current, error));
});

parentPort?.on("message", (options: RunOptions) => {
  current = options;
  globalThis.plantedRan = false;
  runSeed(options).then(
    (result) => current === options && answer(result),
    (error) => current === options && answer(failed(options, error)),
  );
});
