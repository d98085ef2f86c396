import { z } from "zod";
import { machineSchema } from "./machine";
import { membershipViewSchema } from "./membership";
import { capabilitiesSchema, capabilitySchema, clusterStatusSchema } from "./status";

/** Version of the stream; a client that meets another one asks for a reload. */
export const STREAM_VERSION = 1;

/** The server says something at least this often (ms); a browser cannot see WebSocket pings. */
export const HEARTBEAT_MS = 2000;
/** No frame for this long (ms): the browser calls its data stale, then the connection lost. */
export const STALE_AFTER_MS = 5000;
export const DISCONNECTED_AFTER_MS = 10_000;

/** First frame of a connection: what the page may offer. */
const helloFrameSchema = z.object({
  type: z.literal("hello"),
  version: z.literal(STREAM_VERSION),
  cluster: z.string(),
  kind: z.enum(["embedded", "etcd", "d-engine"]),
  capabilities: capabilitiesSchema,
  /** Who actions are recorded for. */
  actor: z.string(),
  /** Whether this console runs processes here (`rollcall up`): machine frames will follow. */
  machine: z.boolean(),
  /** Whether this caller may change anything here at all, and if not, why. */
  mayAct: capabilitySchema,
  /** Whether what loses quorum may be forced here. */
  mayForce: z.boolean(),
  /** By a session that can be ended. */
  signedIn: z.boolean(),
});

export type HelloFrame = z.infer<typeof helloFrameSchema>;

/** The newest membership; older ones that were never sent are counted in `merged`. */
export const membershipFrameSchema = membershipViewSchema.extend({
  type: z.literal("membership"),
  cluster: z.string(),
  /** Snapshots this frame stands for beyond itself, since the last one on this connection. */
  merged: z.number().int().min(0),
});
export type MembershipFrame = z.infer<typeof membershipFrameSchema>;

const statusFrameSchema = clusterStatusSchema.extend({
  type: z.literal("status"),
  cluster: z.string(),
});
export type StatusFrame = z.infer<typeof statusFrameSchema>;

const machineFrameSchema = machineSchema.extend({ type: z.literal("machine") });

const heartbeatFrameSchema = z.object({ type: z.literal("heartbeat") });

/** Every frame the server sends. The client sends none; whatever it sends closes the connection. */
export const serverFrameSchema = z.discriminatedUnion("type", [
  helloFrameSchema,
  membershipFrameSchema,
  statusFrameSchema,
  machineFrameSchema,
  heartbeatFrameSchema,
]);
export type ServerFrame = z.infer<typeof serverFrameSchema>;

/** Why the server closes a stream, each with the sentence the operator may read. */
export const closeCodes = {
  goingAway: { code: 1001, sentence: "This console is stopping." },
  unexpectedData: { code: 1008, sentence: "The stream takes no messages." },
  tooBig: { code: 1009, sentence: "The message was too large." },
  sessionEnded: { code: 4401, sentence: "The session has ended; sign in again." },
  tooSlow: { code: 1013, sentence: "This connection reads too slowly; connect again." },
} as const;
