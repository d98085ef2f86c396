import { type ChildProcess, fork } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formNode } from "../server/engine/index";
import type { MemberRecord } from "../server/engine/types";
import type { BenchAnswers, BenchQuestion, BenchSettings } from "./wire";

/** A measured node: a process, and how to ask it. */
class BenchNode {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<
    number,
    { readonly done: (answer: unknown) => void; readonly fail: (error: Error) => void }
  >();
  private nextId = 1;

  constructor(program: string, settings: BenchSettings) {
    // Not the loader that this process may run under: the program is bundled.
    this.child = fork(program, [JSON.stringify(settings)], {
      execArgv: [],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.child.on("message", ({ id, answer }: { id: number; answer: unknown }) => {
      this.waiting.get(id)?.done(answer);
      this.waiting.delete(id);
    });
    this.child.on("exit", () => {
      for (const { fail } of this.waiting.values()) fail(new Error("a measured node ended"));
    });
  }

  ask<O extends BenchQuestion["op"]>(
    question: Extract<BenchQuestion, { readonly op: O }>,
  ): Promise<BenchAnswers[O]> {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { done: (answer) => resolve(answer as BenchAnswers[O]), fail: reject });
      this.child.send({ id, question });
    });
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGKILL");
    await ended;
  }
}

/** Real processes on loopback, in a folder of their own. */
export class BenchCluster {
  readonly nodes: readonly BenchNode[];
  private readonly folder: string;

  private constructor(nodes: readonly BenchNode[], folder: string) {
    this.nodes = nodes;
    this.folder = folder;
  }

  static async start(
    program: string,
    size: number,
    settings: Partial<BenchSettings> = {},
  ): Promise<BenchCluster> {
    const folder = mkdtempSync(join(tmpdir(), "rollcall-bench-"));
    const voters: MemberRecord[] = [];
    for (let id = 1; id <= size; id += 1)
      voters.push({ id, name: `n${id}`, address: `127.0.0.1:${await freePort()}`, uuid: randomUUID() });
    const shared = { clusterId: randomUUID(), secret: randomBytes(32).toString("hex") };
    const start = { kind: "bootstrap" as const, voters, time: 0, actor: "bench" };
    for (const voter of voters)
      await formNode({ ...shared, ...voter, dataDir: join(folder, voter.name), start });
    const nodes = voters.map(
      ({ name }) =>
        new BenchNode(program, {
          sync: true,
          snapshotEvery: 1e9,
          stateBytes: 0,
          ...settings,
          dataDir: join(folder, name),
        }),
    );
    const cluster = new BenchCluster(nodes, folder);
    await cluster.leader();
    return cluster;
  }

  /** The node that leads, once all know it. */
  async leader(): Promise<BenchNode> {
    for (;;) {
      const leads = await Promise.all(this.nodes.map((node) => node.ask({ op: "ready" })));
      const leader = this.nodes[leads.findIndex((one) => one.leads)];
      if (leader !== undefined) return leader;
    }
  }

  async follower(): Promise<BenchNode> {
    const leader = await this.leader();
    const follower = this.nodes.find((node) => node !== leader);
    if (follower === undefined) throw new Error("a cluster of one has no follower");
    return follower;
  }

  async end(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.end()));
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const bound = server.address();
      server.close(() => resolve(typeof bound === "object" && bound !== null ? bound.port : 0));
    });
  });
}
