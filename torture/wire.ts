import type {
  ChangeOptions,
  ChangeOutcome,
  EngineStatus,
  MemberChange,
  RequestOutcome,
} from "../server/engine/types";

/** What a node's disk does from now on. `fail` strikes once, at the next such call, and the node must then end itself. */
export type DiskMode =
  | { readonly kind: "sound" }
  /** Nothing more can be written until it is sound again. */
  | { readonly kind: "full" }
  /** Every sync takes this much longer (ms): the stretch in which a crash finds unsynced bytes. */
  | { readonly kind: "slow"; readonly ms: number }
  | { readonly kind: "fail"; readonly call: FailingCall };

export type FailingCall = "write" | "datasync" | "create" | "syncDirectory";

/** What the run asks a node process to do; each is answered once, or never if the process dies. */
export type Question =
  | {
      readonly op: "propose";
      readonly client: number;
      readonly sequence: number;
      readonly bytes: number;
      readonly timeoutMs: number;
    }
  | { readonly op: "read"; readonly timeoutMs: number }
  | { readonly op: "change"; readonly changes: readonly MemberChange[]; readonly options: ChangeOptions }
  | { readonly op: "transfer"; readonly target: number; readonly timeoutMs: number }
  | { readonly op: "settle"; readonly requestId: string; readonly timeoutMs: number }
  | { readonly op: "allocate"; readonly timeoutMs: number }
  | { readonly op: "token"; readonly id: number; readonly timeoutMs: number }
  | { readonly op: "status" }
  /** Writes everything applied to this file. */
  | { readonly op: "dump"; readonly path: string }
  | { readonly op: "history" }
  | { readonly op: "disk"; readonly mode: DiskMode }
  | { readonly op: "stop" };

/** The answer to each question. */
export interface Answers {
  propose:
    | { readonly kind: "applied"; readonly index: number }
    | { readonly kind: "refused" | "unknown"; readonly detail: string };
  read: { readonly index: number | undefined; readonly applied: number };
  change: ChangeOutcome;
  transfer: ChangeOutcome;
  settle: RequestOutcome | undefined;
  allocate: { readonly id: number | undefined };
  token: { readonly token: string | undefined };
  status: EngineStatus;
  dump: { readonly entries: number };
  history: readonly { readonly requestId: string; readonly outcome: string; readonly index: number }[];
  disk: { readonly kind: "done" };
  stop: { readonly kind: "done" };
}

/** How a node process is started; one JSON argument. */
export interface NodeSettings {
  readonly dataDir: string;
  /** What the node did is written here as it happens, so that it outlives kill -9. */
  readonly tracePath: string;
  /** What of its files would survive a power cut. */
  readonly journalPath: string;
  readonly tickMs: number;
  readonly snapshotEvery: number;
  readonly segmentBytes: number;
  /** Plants a bug for the test of this torture itself: syncs of the log are answered, and make nothing durable. */
  readonly liesAboutSync: boolean;
}

/** From the process: an answer, or the news that it is up. */
export type FromNode =
  | { readonly kind: "started" }
  | { readonly kind: "answer"; readonly id: number; readonly answer: unknown };

export interface ToNode {
  readonly id: number;
  readonly question: Question;
}

/** Exit codes of a node process that ends itself. */
export const EXIT_DISK_FAILED = 3;
export const EXIT_NOT_STARTED = 4;
