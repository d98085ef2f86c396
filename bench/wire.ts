/** How a measured node is started. */
export interface BenchSettings {
  readonly dataDir: string;
  /** False: syncs are skipped. Only ever for a comparison. */
  readonly sync: boolean;
  readonly snapshotEvery: number;
  /** Bytes of the application's state in every snapshot. */
  readonly stateBytes: number;
}

/** What one series of requests came to. Failed ones are in no other figure. */
export interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Processor time of the asked process, all its threads. */
  readonly cpuMsPerRequest: number;
  readonly failed: number;
}

export type BenchQuestion =
  | { readonly op: "ready" }
  | { readonly op: "propose"; readonly count: number; readonly window: number; readonly bytes: number }
  | { readonly op: "change"; readonly count: number; readonly atOnce: 1 | 2 }
  | { readonly op: "read"; readonly count: number; readonly window: number };

export interface BenchAnswers {
  ready: { readonly leads: boolean };
  propose: Measured;
  change: Measured;
  read: Measured;
}
