import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChangedAnswer } from "../../../../protocol/api";
import type { MembershipView } from "../../../../protocol/membership";
import type { Problem } from "../../../../protocol/problem";
import type { ClusterStatus, MemberStatus } from "../../../../protocol/status";
import { RecordBook } from "../../attached/record_book";
import type { Action, ActionContext, ActionResult } from "../../cluster";
import { connectEtcd } from "../connect";
import type { EtcdCluster } from "../etcd_cluster";
import type { EtcdClusterOptions } from "../options";
import { eventually } from "./real_etcd";

let requests = 0;

/** A console's view of a real cluster in a test: the cluster behind the seam, its record in a directory of its own. */
export class Attached {
  readonly cluster: EtcdCluster;
  readonly book: RecordBook;
  private readonly directory: string;

  constructor(endpoints: readonly string[], more: Partial<EtcdClusterOptions> = {}, directory?: string) {
    this.directory = directory ?? mkdtempSync(join(tmpdir(), "rollcall-book-"));
    this.book = RecordBook.open(this.directory, { cluster: "etcd" });
    this.cluster = connectEtcd({ name: "etcd", endpoints, recordBook: this.book, ...more });
  }

  get status(): ClusterStatus {
    return this.cluster.watchStatus().borrow();
  }

  get view(): MembershipView {
    return this.cluster.watchMembership().borrow();
  }

  member(name: string): MemberStatus {
    const found = this.status.members.find((member) => member.name === name);
    if (found === undefined) throw new Error(`there is no ${name} in ${JSON.stringify(this.status.members)}`);
    return found;
  }

  /** Waits until the status is as wanted. */
  async until(what: string, holds: (status: ClusterStatus) => boolean): Promise<ClusterStatus> {
    await eventually(
      () => holds(this.status),
      what,
      () => JSON.stringify(this.status, null, 1),
    );
    return this.status;
  }

  /** Waits until so many voters are healthy and agree on a leader. */
  settled(voters: number): Promise<ClusterStatus> {
    return this.until(
      `${voters} healthy voters and a leader`,
      ({ members, leadership, configuration }) =>
        configuration.incoming.length === voters &&
        leadership.agree === voters &&
        members.filter(({ role, health }) => role === "voter" && health.state === "healthy").length ===
          voters,
    );
  }

  /** Fenced by what is seen now. */
  context(more: Partial<ActionContext> = {}): ActionContext {
    requests += 1;
    const { epoch, snapshot } = this.view;
    return {
      fence: { epoch, committedIndex: snapshot.committedIndex },
      requestId: `request-${requests}`,
      actor: "tester",
      timeoutMs: 10_000,
      ...more,
    };
  }

  act(action: Action, more: Partial<ActionContext> = {}): Promise<ActionResult> {
    return this.cluster.act(action, this.context(more));
  }

  /** Makes a change that has to succeed. */
  async applied(action: Action, more: Partial<ActionContext> = {}): Promise<ChangedAnswer> {
    const result = await this.act(action, more);
    if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.problem)}`);
    return result.answer;
  }

  /** Makes a change as soon as etcd takes one: only once its members have been connected for 5 s, and read from a leader. */
  async made(action: Action): Promise<ChangedAnswer> {
    let answer: ChangedAnswer | undefined;
    await eventually(async () => {
      const result = await this.act(action);
      if (result.ok) answer = result.answer;
      else if (!["cluster-unhealthy", "no-leader"].includes(result.problem.code)) {
        throw new Error(JSON.stringify(result.problem));
      }
      return answer !== undefined;
    }, `${action.kind} to be taken`);
    if (answer === undefined) throw new Error("never");
    return answer;
  }

  /** Makes a change that must be refused. */
  async refused(action: Action, more: Partial<ActionContext> = {}): Promise<Problem> {
    const result = await this.act(action, more);
    if (result.ok) throw new Error(`applied: ${JSON.stringify(result.answer)}`);
    return result.problem;
  }

  /** Ends the console and keeps its record, for another one to go on from. */
  async leave(): Promise<string> {
    await this.cluster.close();
    this.book.close();
    return this.directory;
  }

  async end(): Promise<void> {
    rmSync(await this.leave(), { recursive: true, force: true });
  }
}
