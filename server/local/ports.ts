import { createServer } from "node:net";
import type { NodePorts, Plan } from "./plan";

/** Peers listen this much above the consoles, as long as nothing is in the way. */
const PEER_PORT_OFFSET = 100;

/** The page's port when none is asked for. */
export const DEFAULT_PORT = 7400;

/** Whether a TCP port of 127.0.0.1 can be bound now. */
export type PortProbe = (port: number) => Promise<boolean>;

/** Asks the system by binding the port for a moment. */
export const portIsFree: PortProbe = (port) =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });

/**
 * Ports for a new cluster of `voters` nodes: consoles from `page` up, peers from `page` + 100 up; where one is taken, the
 * next free one. The page's own port is not negotiable: undefined if it is taken, since people keep its address.
 */
export async function pickPorts(
  page: number,
  voters: number,
  isFree: PortProbe = portIsFree,
): Promise<readonly [NodePorts, ...NodePorts[]] | undefined> {
  if (!(await isFree(page))) return undefined;
  const taken = new Set([page]);
  const first = await nextFree(page + PEER_PORT_OFFSET, taken, isFree);
  if (first === undefined) return undefined;
  const pairs: [NodePorts, ...NodePorts[]] = [{ console: page, peer: first }];
  for (let at = 1; at < voters; at += 1) {
    const console = await nextFree(page + at, taken, isFree);
    const peer = await nextFree(page + PEER_PORT_OFFSET + at, taken, isFree);
    if (console === undefined || peer === undefined) return undefined;
    pairs.push({ console, peer });
  }
  return pairs;
}

/** Ports for one more node of an existing plan; ports of removed nodes are left alone. Undefined: no free one. */
export async function pickNextPorts(
  plan: Plan,
  isFree: PortProbe = portIsFree,
): Promise<NodePorts | undefined> {
  const taken = plannedPorts(plan);
  const first = guessNextPorts(plan);
  const console = await nextFree(first.console, taken, isFree);
  const peer = await nextFree(first.peer, taken, isFree);
  return console === undefined || peer === undefined ? undefined : { console, peer };
}

/** The ports that come next by the plan alone; whether they can be bound is not asked. */
export function guessNextPorts(plan: Plan): NodePorts {
  const taken = plannedPorts(plan);
  const next = (ports: readonly number[]) => {
    let port = Math.max(...ports) + 1;
    while (taken.has(port)) port += 1;
    return port;
  };
  return {
    console: next([plan.port, ...plan.nodes.map((node) => node.consolePort)]),
    peer: next(plan.nodes.map((node) => portOf(node.address))),
  };
}

function plannedPorts(plan: Plan): Set<number> {
  const ports = plan.nodes.flatMap((node) => [node.consolePort, portOf(node.address)]);
  return new Set([plan.port, ...ports]);
}

/** The port of host:port. */
export function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}

/** Takes the first free port from `from` up, within the next 500; marks it in `taken`. */
async function nextFree(from: number, taken: Set<number>, isFree: PortProbe): Promise<number | undefined> {
  const last = Math.min(from + 500, 65_535);
  for (let port = from; port <= last; port += 1) {
    if (taken.has(port) || !(await isFree(port))) continue;
    taken.add(port);
    return port;
  }
  return undefined;
}
