import { z } from "zod";
import { memberIdSchema } from "./membership";

/** One process that `rollcall up` runs on this machine. Stopping a process is not removing a member. */
const localProcessSchema = z.object({
  id: memberIdSchema,
  name: z.string(),
  state: z.enum(["starting", "running", "frozen", "stopping", "exited"]),
  pid: z.number().int().positive().nullable(),
  /** Milliseconds in this state. */
  sinceMs: z.number().min(0),
  /** How it ended, as the operator reads it: "SIGKILL", "code 1: <last line>"; null while it runs or if nobody saw. */
  exit: z.string().nullable(),
  console: z.string().nullable(),
  /** This very process: stopping it would close the page. */
  servesPage: z.boolean(),
  /** False once the cluster removed this member: it cannot be started again. */
  member: z.boolean(),
});
export type LocalProcess = z.infer<typeof localProcessSchema>;

/** Entries a second of real replicated no-op entries. */
export const writeLoadRates = [0, 100, 1000] as const;

/** What runs on this machine under `rollcall up`. */
export const machineSchema = z.object({
  processes: z.array(localProcessSchema),
  load: z.object({
    ratePerSecond: z.union([z.literal(0), z.literal(100), z.literal(1000)]),
    /** Until it ends by itself; null while off. */
    endsInMs: z.number().min(0).nullable(),
    /** Why the load is on but nothing is written; null when all is well. */
    blocked: z.string().nullable(),
  }),
});
export type Machine = z.infer<typeof machineSchema>;

/** stop: SIGTERM. kill: SIGKILL. freeze: SIGSTOP. thaw: SIGCONT. */
export const processActionSchema = z.enum(["stop", "kill", "freeze", "thaw", "start"]);
export type ProcessAction = z.infer<typeof processActionSchema>;

/** `POST /api/machine/processes/{id}/{action}`. */
export const processActionBodySchema = z.strictObject({
  /** Stopping past quorum is refused (409 `would-stop-quorum`) unless the operator was asked and said yes. */
  confirmQuorumLoss: z.boolean().optional(),
});

/** `POST /api/machine/load`: real replicated no-op entries a second; 0 ends it. */
export const writeLoadBodySchema = z.strictObject({
  ratePerSecond: z.union([z.literal(0), z.literal(100), z.literal(1000)]),
});
