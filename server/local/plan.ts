import { randomBytes, randomUUID } from "node:crypto";
import { z } from "zod";
import { addressSchema, memberNameSchema } from "../../protocol/api";

/** Format of plan.json that this version writes; a higher one is refused, never guessed at. */
export const PLAN_FORMAT = 1;

const port = z.number().int().min(1).max(65_535);

/** One node of this machine. */
const plannedNodeSchema = z.strictObject({
  id: z.number().int().min(1).max(0xffff_ffff),
  name: memberNameSchema,
  /** Its data directory, inside the cluster's. */
  directory: z.string().regex(/^n[1-9][0-9]*$/),
  /** UUID of that directory: made once, never for a second directory. */
  uuid: z.uuid(),
  /** host:port for peers. */
  address: addressSchema,
  /** Where its console listens, on 127.0.0.1. */
  consolePort: port,
  /** `initial`: one of the voters the cluster is made of. `learner`: added later. */
  origin: z.enum(["initial", "learner"]),
  /** Set once its directory was made. From then on a missing directory is a loss, never made anew. */
  formed: z.boolean(),
  /** Membership index at which it was first seen as a member; 0: not seen yet. */
  seenAt: z.number().int().min(0),
  /** Set once the cluster removed it: it is not started any more. */
  removed: z.boolean(),
});
export type PlannedNode = z.infer<typeof plannedNodeSchema>;

/** What `rollcall up` decided before it did anything: made durable first, and never made twice. */
export const planSchema = z
  .strictObject({
    format: z.literal(PLAN_FORMAT),
    clusterId: z.string().regex(/^[0-9a-f]{16}$/),
    /** Shared by the cluster's nodes; never logged, never in an argument list. */
    secret: z.string().regex(/^[0-9a-f]{64}$/),
    /** Ms since 1970. */
    created: z.number().int().min(0),
    /** Port of the page, on 127.0.0.1; that of the node this process embeds. */
    port,
    nodes: z.array(plannedNodeSchema).min(1).max(1000),
  })
  .refine(
    (plan) => distinct(plan.nodes.map((node) => node.id)) && distinct(plan.nodes.map((node) => node.uuid)),
    "two nodes share an id or a uuid",
  );
export type Plan = z.infer<typeof planSchema>;

function distinct(values: readonly unknown[]): boolean {
  return new Set(values).size === values.length;
}

/** The ports of one node. */
export interface NodePorts {
  readonly console: number;
  readonly peer: number;
}

/** A plan for a new cluster whose voters are nodes 1, 2, ... on the given ports; the first one's console serves the page. */
export function newPlan(ports: readonly [NodePorts, ...NodePorts[]], created: number): Plan {
  return {
    format: PLAN_FORMAT,
    clusterId: randomBytes(8).toString("hex"),
    secret: randomBytes(32).toString("hex"),
    created,
    port: ports[0].console,
    nodes: ports.map((pair, at) => ({
      ...newNode(at + 1, `n${at + 1}`, `127.0.0.1:${pair.peer}`, pair.console),
      origin: "initial" as const,
      seenAt: 1,
    })),
  };
}

/** A node to be added to the plan as a learner. */
export function newNode(id: number, name: string, address: string, consolePort: number): PlannedNode {
  return {
    id,
    name,
    directory: `n${id}`,
    uuid: randomUUID(),
    address,
    consolePort,
    origin: "learner",
    formed: false,
    seenAt: 0,
    removed: false,
  };
}

/** Nodes that this machine still runs, ascending by id. */
export function activeNodes(plan: Plan): PlannedNode[] {
  return plan.nodes.filter((node) => !node.removed).sort((a, b) => a.id - b.id);
}

/** The node `up` embeds: the lowest id that is still a member. Undefined: none is left here. */
export function hostNode(plan: Plan): PlannedNode | undefined {
  return activeNodes(plan).find((node) => node.seenAt > 0);
}

/** URL of a node's console. */
export function consoleUrl(node: Pick<PlannedNode, "consolePort">): string {
  return `http://127.0.0.1:${node.consolePort}`;
}
