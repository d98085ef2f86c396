import { Worker } from "node:worker_threads";
import type { RunOptions } from "./simulation";
import type { WorkerAnswer } from "./worker";

/** A run during which each thread has worked for so long has lost its way (ms of processor time: a busy machine loses nothing). */
const RUN_CPU_MS_MAX = 120_000;
const LOOK_MS = 30_000;

interface Task {
  readonly options: RunOptions;
  readonly done: (answer: WorkerAnswer) => void;
}

/** Threads that each run one seed at a time. */
export class Pool {
  private readonly file: string;
  private readonly idle: Worker[] = [];
  private readonly waiting: Task[] = [];
  private readonly all = new Set<Worker>();

  constructor(file: string, threads: number) {
    this.file = file;
    for (let i = 0; i < threads; i += 1) this.idle.push(this.start());
  }

  /** Carries out one run as soon as a thread is free. */
  run(options: RunOptions): Promise<WorkerAnswer> {
    return new Promise((done) => {
      this.waiting.push({ options, done });
      this.next();
    });
  }

  /** Ends all threads, whatever they do. */
  async close(): Promise<void> {
    this.waiting.length = 0;
    await Promise.all([...this.all].map((worker) => worker.terminate()));
  }

  private start(): Worker {
    const worker = new Worker(this.file, { execArgv: ["--enable-source-maps"] });
    this.all.add(worker);
    return worker;
  }

  private next(): void {
    const task = this.waiting[0];
    const worker = task && this.idle.pop();
    if (task === undefined || worker === undefined) return;
    this.waiting.shift();
    let open = true;
    const finish = (answer: WorkerAnswer, free: Worker): void => {
      if (!open) return;
      open = false;
      clearInterval(timer);
      worker.removeAllListeners("message");
      worker.removeAllListeners("error");
      this.idle.push(free);
      task.done(answer);
      this.next();
    };
    const replaced = (detail: string): void => {
      this.all.delete(worker);
      void worker.terminate();
      finish(broken(task.options, detail), this.start());
    };
    const began = process.cpuUsage();
    const timer = setInterval(() => {
      const workedMs = process.cpuUsage(began).user / 1000 / this.all.size;
      if (workedMs > RUN_CPU_MS_MAX) replaced(`a run takes more than ${RUN_CPU_MS_MAX / 1000} s of work`);
    }, LOOK_MS);
    worker.once("message", (answer: WorkerAnswer) => finish(answer, worker));
    worker.once("error", (error) => replaced(String(error)));
    worker.postMessage(task.options);
  }
}

function broken({ seed }: RunOptions, detail: string): WorkerAnswer {
  const violation = { invariant: "a run ends", detail, event: 0, timeMs: 0 };
  const result = {
    seed,
    events: 0,
    virtualMs: 0,
    violation,
    hash: 0,
    coverage: new Map(),
    actions: [],
    trace: [],
  };
  return { result, plantedRan: true };
}
