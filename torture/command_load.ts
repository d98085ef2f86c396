import type { Cluster } from "./cluster";
import type { Ledger } from "./ledger";
import type { Random } from "./random";

const TIMEOUT_MS = 1500;
/** Pause between two commands of one client, at most (ms). */
const PAUSE_MS = 30;
/** Share of linearizable reads among the requests. */
const READS = 0.15;

/** Clients that propose commands, one after the other, each time at any node that can answer, and read now and then. */
export class CommandLoad {
  private running = true;
  private readonly clients: Promise<void>[] = [];
  private readonly cluster: Cluster;
  private readonly ledger: Ledger;

  constructor(cluster: Cluster, ledger: Ledger, random: Random, firstClient: number, clients: number) {
    this.cluster = cluster;
    this.ledger = ledger;
    for (let client = firstClient; client < firstClient + clients; client += 1)
      this.clients.push(this.run(client, random.fork(client)));
  }

  /** Ends the clients; resolves once the last answer is in. */
  async stop(): Promise<void> {
    this.running = false;
    await Promise.all(this.clients);
  }

  private async run(client: number, random: Random): Promise<void> {
    for (let sequence = 1; this.running; ) {
      const node = random.pick(this.cluster.awake());
      const reads = random.chance(READS);
      const bytes = random.below(200);
      if (node?.process === undefined) {
        // Nobody to ask.
      } else if (reads) {
        const before = this.ledger.acknowledgedIndex;
        const answer = await node.process.ask({ op: "read", timeoutMs: TIMEOUT_MS });
        if (answer?.index !== undefined) this.ledger.read(node.id, before, answer.index, answer.applied);
      } else {
        const question = { op: "propose" as const, client, sequence, bytes, timeoutMs: TIMEOUT_MS };
        const answer = await node.process.ask(question);
        const outcome = answer?.kind ?? "unknown";
        const index = answer?.kind === "applied" ? answer.index : 0;
        this.ledger.command({ client, sequence, outcome, index });
        sequence += 1;
      }
      await new Promise((resolve) => setTimeout(resolve, random.below(PAUSE_MS)));
    }
  }
}
