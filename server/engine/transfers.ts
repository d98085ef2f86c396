import type { NodeId } from "../raft/types";
import { ELECTION_TICKS } from "./core_config";
import type { LeaderInfo } from "./types";

/** Ticks a transfer may take: the core gives up after one election timeout. */
const TRANSFER_TICKS = 2 * ELECTION_TICKS;

interface Transfer {
  readonly target: NodeId;
  /** The term it began in. */
  readonly term: number;
  readonly untilTick: number;
  readonly done: (outcome: "leads" | "failed") => void;
}

/** Leadership transfers this node was asked for and waits to see the end of. */
export class Transfers {
  private waiting: Transfer[] = [];
  private ticks = 0;

  /** Resolves once somebody leads a later term than `term`, or nobody did in time. */
  wait(target: NodeId, term: number, now: LeaderInfo): Promise<"leads" | "failed"> {
    return new Promise((done) => {
      this.waiting.push({ target, term, untilTick: this.ticks + TRANSFER_TICKS, done });
      this.onLeader(now);
    });
  }

  onLeader({ leader, term }: LeaderInfo): void {
    this.end((transfer) => {
      if (term <= transfer.term || leader === undefined) return undefined;
      return leader === transfer.target ? "leads" : "failed";
    });
  }

  tick(): void {
    this.ticks += 1;
    this.end((transfer) => (this.ticks >= transfer.untilTick ? "failed" : undefined));
  }

  close(): void {
    this.end(() => "failed");
  }

  private end(verdict: (transfer: Transfer) => "leads" | "failed" | undefined): void {
    this.waiting = this.waiting.filter((transfer) => {
      const outcome = verdict(transfer);
      if (outcome !== undefined) transfer.done(outcome);
      return outcome === undefined;
    });
  }
}
