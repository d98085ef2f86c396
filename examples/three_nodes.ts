import { randomBytes, randomUUID } from "node:crypto";
import { createServer } from "node:net";
import { join } from "node:path";
import { EmbeddedEngine, formNode, type MemberRecord, redeemJoinToken } from "rollcall/engine";

/** An address of this machine that nothing listens on. */
export function freeAddress(): Promise<string> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const bound = probe.address();
      const port = typeof bound === "object" && bound !== null ? bound.port : 0;
      probe.close(() => resolve(`127.0.0.1:${port}`));
    });
  });
}

/** Starts the node that lives in a directory. Errors of starting are values with one clear sentence. */
export async function startNode(dataDir: string): Promise<EmbeddedEngine> {
  const engine = await EmbeddedEngine.start(dataDir);
  if (!(engine instanceof EmbeddedEngine)) throw new Error(engine.message);
  return engine;
}

/**
 * Makes a cluster of three voters in directories under `folder`, and starts them in this process. Real nodes run in processes of
 * their own, on machines of their own; the calls are the same.
 */
export async function startThree(folder: string, address = freeAddress): Promise<EmbeddedEngine[]> {
  const voters: MemberRecord[] = [];
  for (const id of [1, 2, 3])
    voters.push({ id, name: `n${id}`, address: await address(), uuid: randomUUID() });
  const shared = { clusterId: randomUUID(), secret: randomBytes(32).toString("hex") };
  const start = { kind: "bootstrap" as const, voters, time: Date.now(), actor: "example" };
  for (const voter of voters) {
    const fault = await formNode({ ...shared, ...voter, dataDir: join(folder, voter.name), start });
    if (fault !== undefined) throw new Error(fault.message);
  }
  const engines = await Promise.all(voters.map(({ name }) => startNode(join(folder, name))));
  for (const engine of engines)
    if (!(await engine.waitReady(30_000))) throw new Error("no leader within 30 s");
  return engines;
}

/** Adds a node the way an operator does: an id, a learner, a token, a directory, a process. */
export async function joinFourth(
  folder: string,
  via: EmbeddedEngine,
  address = freeAddress,
): Promise<EmbeddedEngine> {
  const id = await via.allocateId();
  if (id === undefined) throw new Error("no leader");
  const added = await via.addLearner({ id, address: await address() });
  if (added.kind !== "applied") throw new Error(JSON.stringify(added));
  const token = await via.mintJoinToken(id);
  if (token === undefined) throw new Error("no leader");
  const dataDir = join(folder, `n${id}`);
  const joined = await redeemJoinToken({ dataDir, contact: via.address, token: token.token });
  if ("message" in joined) throw new Error(joined.message);
  const engine = await startNode(dataDir);
  if (!(await engine.waitReady(30_000))) throw new Error("the learner met no leader within 30 s");
  return engine;
}

/** Promotes a learner as soon as the leader finds that it has caught up. */
export async function promoteWhenReady(via: EmbeddedEngine, id: number): Promise<void> {
  for (const deadline = Date.now() + 30_000; ; ) {
    const outcome = await via.promote(id);
    if (outcome.kind === "applied") return;
    const waits = outcome.kind === "refused" && outcome.refusal.code === "not-caught-up";
    if (!waits || Date.now() > deadline) throw new Error(JSON.stringify(outcome));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
