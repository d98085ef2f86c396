import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EmbeddedEngine } from "../../engine/embedded_engine";
import { formNode } from "../../engine/form";
import { ownPort } from "../../testing/ports";
import { changeGuard } from "../embedded/guard";

/** Ticks of a test's engines (ms): elections after 200 to 400 ms in place of 1 to 2 s. */
const TICK_MS = 10;

/** Real engines over real files and sockets of this machine, for tests of what stands above them. */
export class RealNodes {
  readonly engines: EmbeddedEngine[] = [];
  private readonly folder = mkdtempSync(join(tmpdir(), "rollcall-nodes-"));
  private readonly clusterId = randomUUID();
  private readonly secret = randomBytes(32).toString("hex");

  /** Bootstraps a cluster of so many voters, n1 and up, and waits until all of them know a leader. */
  static async start(voters: number): Promise<RealNodes> {
    const nodes = new RealNodes();
    const members = [];
    for (let id = 1; id <= voters; id += 1) {
      members.push({ id, name: `n${id}`, address: `127.0.0.1:${await ownPort()}`, uuid: randomUUID() });
    }
    for (const member of members) {
      const start = { kind: "bootstrap", voters: members, time: Date.now(), actor: "tester" } as const;
      await nodes.form({ ...member, start });
    }
    await Promise.all(members.map(({ id }) => nodes.open(id)));
    await Promise.all(nodes.engines.map((engine) => engine.waitReady(120_000)));
    return nodes;
  }

  /** Makes and starts a node that waits to be added as a learner; returns its address. */
  async startLearner(id: number): Promise<string> {
    const address = `127.0.0.1:${await ownPort()}`;
    const contacts = this.engines.map((engine) => ({ id: engine.nodeId, address: engine.address }));
    await this.form({ id, name: `n${id}`, address, uuid: randomUUID(), start: { kind: "join", contacts } });
    await this.open(id);
    return address;
  }

  /** The engine that leads, as the first one still running knows it. */
  async leader(): Promise<EmbeddedEngine> {
    for (;;) {
      const leader = this.engines.find((engine) => engine.isLeader());
      if (leader !== undefined && (await leader.waitReady(100))) return leader;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  engine(id: number): EmbeddedEngine {
    const engine = this.engines.find((one) => one.nodeId === id);
    if (engine === undefined) throw new Error(`there is no node ${id}`);
    return engine;
  }

  /** Ends a node; its directory stays. */
  async stop(id: number): Promise<void> {
    const at = this.engines.findIndex((engine) => engine.nodeId === id);
    await this.engines.splice(at, 1)[0]?.stop();
  }

  async close(): Promise<void> {
    await Promise.all(this.engines.map((engine) => engine.stop()));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async form(node: Omit<Parameters<typeof formNode>[0], "dataDir" | "clusterId" | "secret">) {
    const { clusterId, secret } = this;
    const fault = await formNode({ dataDir: join(this.folder, node.name), clusterId, secret, ...node });
    if (fault !== undefined) throw new Error(fault.message);
  }

  /** Starts a node from its directory. */
  async open(id: number): Promise<EmbeddedEngine> {
    const dataDir = join(this.folder, `n${id}`);
    const engine = await EmbeddedEngine.start({ dataDir, tickMs: TICK_MS, guard: changeGuard });
    if (!(engine instanceof EmbeddedEngine)) throw new Error(engine.message);
    engine.setConsole(`http://127.0.0.1:${7400 + id}`);
    this.engines.push(engine);
    return engine;
  }
}

/** Waits until something holds that no promise tells of. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}
