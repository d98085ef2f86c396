import { createServer, type Server } from "node:net";

/**
 * Ports for tests, each process with its own: one that is picked because it is free, bound later and bound again after a restart
 * must not be picked by another test meanwhile. All are below the range from which systems pick ports by themselves (Linux from
 * 32768), so that no outgoing connection takes one either.
 */
const PORT_MIN = 10_000;
const BLOCKS = 110;
/** Ports of a block; a process that holds one listens on its last port, so it is free again however the process ends. */
const BLOCK_PORTS = 200;
/** Ports of a stretch, and again so many, as far above as a cluster's peer ports are above its console ports. */
const STRETCH_PORTS = 10;
const PEERS_ABOVE = 100;

const locks: Server[] = [];

/** Listens on a loopback port; undefined: it cannot be had. */
function bind(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", () => resolve(undefined));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => resolve(server));
  });
}

async function isFree(port: number): Promise<boolean> {
  const server = await bind(port);
  if (server === undefined) return false;
  await new Promise((resolve) => server.close(resolve));
  return true;
}

/** Takes a block that no process has, until this one ends; its first port. */
async function takeBlock(): Promise<number> {
  const from = Math.floor(Math.random() * BLOCKS);
  for (let at = 0; at < BLOCKS; at += 1) {
    const base = PORT_MIN + BLOCK_PORTS * ((from + at) % BLOCKS);
    const lock = await bind(base + BLOCK_PORTS - 1);
    if (lock === undefined) continue;
    lock.unref();
    locks.push(lock);
    return base;
  }
  throw new Error("every block of test ports is taken");
}

/** Goes through places of this process's blocks, round and round, and takes another block when no place is free. */
function places(count: number, portsOf: (base: number, place: number) => readonly number[]) {
  const blocks: number[] = [];
  let next = 0;
  const take = async (): Promise<number> => {
    for (let tried = 0; ; tried += 1) {
      if (tried >= count * blocks.length) {
        blocks.push(await takeBlock());
        next = count * (blocks.length - 1);
      }
      const base = blocks[Math.floor(next / count)] ?? 0;
      const ports = portsOf(base, next % count);
      next = (next + 1) % (count * blocks.length);
      const [first] = ports;
      if (first !== undefined && (await Promise.all(ports.map(isFree))).every(Boolean)) return first;
    }
  };
  // One after the other: whoever asked at the same time would take a block of its own.
  let last: Promise<unknown> = Promise.resolve();
  return (): Promise<number> => {
    const mine = last.then(take);
    last = mine.catch(() => {});
    return mine;
  };
}

/** A loopback port that nothing listens on, and that only this process's tests are given. */
export const ownPort = places(BLOCK_PORTS - 1, (base, place) => [base + place]);

/** The first of two such ports in a row. */
export const ownPair = places((BLOCK_PORTS - 2) / 2, (base, place) => [
  base + 2 * place,
  base + 2 * place + 1,
]);

/**
 * The first of 10 such ports in a row, with another 10 from 100 above it: room for the consoles and the peers of one cluster, and
 * for what joins it.
 */
export const ownStretch = places(PEERS_ABOVE / STRETCH_PORTS - 1, (base, place) =>
  [0, PEERS_ABOVE].flatMap((above) =>
    Array.from({ length: STRETCH_PORTS }, (_, at) => base + place * STRETCH_PORTS + above + at),
  ),
);
