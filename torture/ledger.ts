import type { AppliedCommand } from "./applied_log";
import type { TraceRecord } from "./trace";

/** A command as its client knows it. Only `applied` is a promise that it stays, only `refused` that it never comes. */
export interface SentCommand {
  readonly client: number;
  readonly sequence: number;
  readonly outcome: "applied" | "refused" | "unknown";
  readonly index: number;
}

/** A membership change as its caller knows it; `closed`: settled as never to be applied. */
export interface SentChange {
  readonly requestId: string;
  readonly what: string;
  outcome: "applied" | "refused" | "rejected" | "closed" | "unknown";
  index: number;
}

/** Violations kept with their words; beyond that only counted. */
const VIOLATIONS_KEPT = 50;

/** Everything that was promised and seen, and what of it does not fit together. Judges as it is told. */
export class Ledger {
  readonly violations: string[] = [];
  violationCount = 0;
  readonly commands: SentCommand[] = [];
  readonly changes: SentChange[] = [];
  readonly counts = {
    applied: 0,
    watched: 0,
    reads: 0,
    boots: 0,
    installed: 0,
    refused: 0,
    unknown: 0,
    acknowledged: 0,
  };
  /** Highest index at which a command was acknowledged. */
  acknowledgedIndex = 0;
  private readonly chainAt = new Map<number, { readonly chain: number; readonly node: number }>();
  private readonly configurationAt = new Map<number, { readonly text: string; readonly node: number }>();
  private readonly leaderOf = new Map<number, number>();
  private readonly watched = new Map<number, { readonly index: number; readonly sinceBoot: boolean }>();

  violate(sentence: string): void {
    this.violationCount += 1;
    if (this.violations.length < VIOLATIONS_KEPT) this.violations.push(sentence);
  }

  get terms(): number {
    return Math.max(0, ...this.leaderOf.keys());
  }

  get configurations(): number {
    return this.configurationAt.size;
  }

  command(sent: SentCommand): void {
    this.commands.push(sent);
    if (sent.outcome === "applied") {
      this.counts.acknowledged += 1;
      this.acknowledgedIndex = Math.max(this.acknowledgedIndex, sent.index);
    } else this.counts[sent.outcome] += 1;
  }

  /** A linearizable read, begun when `before` was acknowledged, found everything applied up to `applied`. */
  read(node: number, before: number, index: number, applied: number): void {
    this.counts.reads += 1;
    if (index < before || applied < before)
      this.violate(
        `a read on node ${node} stands at ${index} (applied ${applied}), before ${before}, acknowledged earlier`,
      );
  }

  /** What node `node` wrote down, in its order. */
  trace(node: number, record: TraceRecord): void {
    switch (record.kind) {
      case "boot": {
        this.counts.boots += 1;
        const last = this.watched.get(node);
        if (last !== undefined) this.watched.set(node, { index: last.index, sinceBoot: false });
        return;
      }
      case "applied":
        this.applied(node, record.index, record.chain);
        return;
      case "watched":
        this.view(node, record.index, record.configuration);
        return;
      case "installed":
        this.counts.installed += 1;
        return;
      case "leader": {
        const known = this.leaderOf.get(record.term);
        if (known !== undefined && known !== record.leader)
          this.violate(`term ${record.term} has two leaders, ${known} and ${record.leader} (node ${node})`);
        this.leaderOf.set(record.term, record.leader);
      }
    }
  }

  private applied(node: number, index: number, chain: number): void {
    this.counts.applied += 1;
    const known = this.chainAt.get(index);
    if (known === undefined) this.chainAt.set(index, { chain, node });
    else if (known.chain !== chain)
      this.violate(`nodes ${known.node} and ${node} applied different commands up to index ${index}`);
  }

  private view(node: number, index: number, text: string): void {
    this.counts.watched += 1;
    const last = this.watched.get(node);
    if (last !== undefined && (index < last.index || (last.sinceBoot && index === last.index)))
      this.violate(`the watcher of node ${node} went from index ${last.index} to ${index}`);
    this.watched.set(node, { index, sinceBoot: true });
    const known = this.configurationAt.get(index);
    if (known === undefined) this.configurationAt.set(index, { text, node });
    else if (known.text !== text && index > 0)
      this.violate(`nodes ${known.node} and ${node} show ${known.text} and ${text} at index ${index}`);
  }

  /** Compares what a node holds at the end with everything that was promised. */
  judgeApplied(node: number, applied: readonly AppliedCommand[]): void {
    const at = new Map<string, number>();
    for (const { client, sequence, index } of applied) {
      const key = `${client}:${sequence}`;
      const first = at.get(key);
      if (first !== undefined)
        this.violate(`node ${node} applied command ${key} twice, at ${first} and ${index}`);
      at.set(key, index);
    }
    for (const { client, sequence, outcome, index } of this.commands) {
      const key = `${client}:${sequence}`;
      const found = at.get(key);
      if (outcome === "applied" && found !== index)
        this.violate(
          `command ${key}, acknowledged at ${index}, is ${found === undefined ? "lost" : `at ${found}`} on node ${node}`,
        );
      if (outcome === "refused" && found !== undefined)
        this.violate(`command ${key} was refused and stands at ${found} on node ${node}`);
    }
  }

  /** Compares a node's history with the changes that were acknowledged, refused or settled. */
  judgeHistory(
    node: number,
    history: readonly { readonly requestId: string; readonly outcome: string; readonly index: number }[],
  ): void {
    const inLog = new Map<string, { readonly outcome: string; readonly index: number }[]>();
    for (const record of history) {
      if (record.outcome === "refused" || record.requestId === "") continue;
      inLog.set(record.requestId, [...(inLog.get(record.requestId) ?? []), record]);
    }
    for (const { requestId, what, outcome } of this.changes) {
      const records = inLog.get(requestId) ?? [];
      const times = records.filter((record) => record.outcome === "applied").length;
      if (outcome === "applied" && times < 1)
        this.violate(`${what} was acknowledged and is not in the history of node ${node}`);
      if ((outcome === "closed" || outcome === "rejected") && times > 0)
        this.violate(`${what} was ${outcome} and is applied on node ${node}`);
      if (outcome === "refused" && times > 0)
        this.violate(`${what} was refused and is applied on node ${node}`);
    }
  }

  /** Compares the entries that nodes hold at the same index. `digest` covers type, term and data. */
  judgeLogs(logs: ReadonlyMap<number, ReadonlyMap<number, string>>): number {
    const seen = new Map<number, { readonly digest: string; readonly node: number }>();
    let compared = 0;
    for (const [node, entries] of logs) {
      for (const [index, digest] of entries) {
        const known = seen.get(index);
        if (known === undefined) seen.set(index, { digest, node });
        else {
          compared += 1;
          if (known.digest !== digest)
            this.violate(
              `the logs of nodes ${known.node} and ${node} differ at index ${index}: ${known.digest} and ${digest}`,
            );
        }
      }
    }
    return compared;
  }
}
