import { NONE, type NodeId, type Refusal } from "../raft/types";
import { isJoint, toConfChange } from "./configuration";
import type { Node } from "./node";
import type { Clock } from "./node_ports";
import { encodeApplication, encodeCommand, encodeContext, type RegistryCommand } from "./payload";
import type { ChangeRequest, LeaderAnswer, LeaderRequest } from "./requests";
import type {
  ChangeGuard,
  ChangeInProgress,
  ChangeRefusal,
  EngineStatus,
  LeaderInfo,
  MemberChange,
} from "./types";

interface CurrentChange {
  readonly requestId: string;
  readonly changes: readonly MemberChange[];
  readonly actor: string;
  readonly since: number;
  readonly index: number;
  readonly term: number;
}

/**
 * What only a leader decides: it checks fence and guards in the same turn as the append, so that nothing can come in between, and
 * it keeps one change at a time.
 */
export class LeaderDesk {
  private current: CurrentChange | undefined;
  private readonly node: Node;
  private readonly clock: Clock;
  private readonly guard: ChangeGuard;
  private readonly status: () => EngineStatus;

  constructor(node: Node, clock: Clock, guard: ChangeGuard, status: () => EngineStatus) {
    this.node = node;
    this.clock = clock;
    this.guard = guard;
    this.status = status;
  }

  get changeInProgress(): ChangeInProgress | undefined {
    const current = this.underWay();
    if (current === undefined) return undefined;
    const { requestId, changes, actor } = current;
    return { requestId, changes, actor, sinceMs: this.clock.now() - current.since };
  }

  /** The change that is not applied yet, or not left yet. It is over here before its publication is: another node may publish first. */
  private underWay(): CurrentChange | undefined {
    const { current, node } = this;
    if (current === undefined || !node.isLeader) return undefined;
    return current.index > node.appliedIndex || isJoint(node.registry.confState) ? current : undefined;
  }

  /** A change was applied, rejected or overwritten, or a joint one was left: the next may come. */
  finished(requestId: string | undefined): void {
    if (this.current?.requestId === requestId) this.current = undefined;
  }

  /** Leadership moved: what was under way is the next leader's to finish. */
  forget(): void {
    this.current = undefined;
  }

  /** Answers what a node asks of its leader. */
  answer(request: LeaderRequest): LeaderAnswer {
    switch (request.kind) {
      case "change":
        return this.change(request);
      case "command":
        return this.command(request.key, request.command);
      case "proposal":
        return this.application(request.key, request.data);
      case "transfer":
        return this.transfer(
          request.target,
          request.seen === null
            ? undefined
            : { leader: request.seen.leader ?? undefined, term: request.seen.term },
        );
    }
  }

  change(request: ChangeRequest): LeaderAnswer {
    const { node } = this;
    if (!node.isLeader) return { kind: "not-leader" };
    const known = this.knownOutcome(request);
    if (known !== undefined) return known;
    if (!node.leadsWithOwnTerm) return { kind: "later" };
    if (this.isAhead(request.expectedIndex)) return { kind: "later" };
    const refusal = node.registry.fence(request.expectedIndex) ?? this.busy();
    if (refusal !== undefined) return { kind: "refused", refusal };
    const verdict = node.registry.judge(request.changes);
    if (verdict === "nothing-to-do")
      return { kind: "done", index: node.registry.configIndex, changed: false };
    if (verdict !== undefined) return { kind: "refused", refusal: verdict };
    const { changes, force } = request;
    const status = this.status();
    const guarded = this.guard(changes, status);
    if (guarded === undefined) return this.append(request, false);
    // What the guard lets pass anyway is not forced, whatever was typed.
    const kept = force === undefined ? guarded : this.guard(changes, status, force);
    return kept === undefined ? this.append(request, true) : { kind: "refused", refusal: kept };
  }

  /** A leader with a slow disk applies after its followers: a caller may have seen what is in this log and not applied here yet. */
  private isAhead(expectedIndex: number | null): boolean {
    const { node } = this;
    return (
      expectedIndex !== null &&
      expectedIndex > node.appliedIndex &&
      expectedIndex <= node.raft.status().lastIndex
    );
  }

  /** A repeat gets the first outcome, or joins the first attempt while that is under way. */
  private knownOutcome(request: ChangeRequest): LeaderAnswer | undefined {
    const { current, node } = this;
    const same = (changes: readonly { readonly kind: string; readonly id: NodeId }[]): boolean =>
      changes.length === request.changes.length &&
      changes.every(
        (one, at) => one.kind === request.changes[at]?.kind && one.id === request.changes[at]?.id,
      );
    const detail = `Request id ${request.requestId} was used for another change; choose a new one.`;
    const reused = { kind: "refused", refusal: { code: "request-id-reused", detail } } as const;
    if (current?.requestId === request.requestId) {
      // Not final: the other one may still be lost with its leader, and a late copy of this one be made.
      return same(current.changes) ? { kind: "appended", index: current.index, term: current.term } : reused;
    }
    const outcome = node.registry.outcome(request.requestId);
    if (outcome.kind === "unknown") return undefined;
    if (outcome.kind === "closed") {
      const detail =
        "The request was closed while its outcome was unknown; nothing was done. Send it again under a new request id.";
      return { kind: "refused", final: true, refusal: { code: "request-closed", detail } };
    }
    const recorded = node.registry.changesOf(request.requestId);
    if (recorded !== undefined && !same(recorded)) return { ...reused, final: true };
    if (outcome.kind === "applied") return { kind: "done", index: outcome.index, changed: true };
    return { kind: "refused", final: true, refusal: { code: "invalid-change", detail: outcome.reason } };
  }

  private busy(): ChangeRefusal | undefined {
    const pending =
      this.underWay() !== undefined || this.node.raft.status().pendingConfIndex > this.node.appliedIndex;
    return pending ? { code: "change-in-progress", change: this.changeInProgress } : undefined;
  }

  private append(request: ChangeRequest, forced: boolean): LeaderAnswer {
    const { requestId, expectedIndex, actor, changes } = request;
    const time = this.clock.wall();
    const mark = forced ? { forced } : {};
    const context = encodeContext({ requestId, expectedIndex, actor, changes, time, ...mark });
    const wanted = toConfChange(changes, context);
    // Of what the registry lets pass the core refuses only this. It would append an empty entry instead.
    if (this.node.raft.checkConfChange(wanted) !== undefined)
      return {
        kind: "refused",
        refusal: { code: "would-lose-quorum", detail: "No voter would be left." },
      };
    const result = this.node.use((raft) => raft.proposeConfChange(wanted));
    if (result.kind !== "appended") return this.turnedDown(result);
    if (result.replaced)
      return { kind: "refused", refusal: { code: "change-in-progress", change: undefined } };
    const { index, term } = result;
    this.current = { requestId, changes, actor, since: this.clock.now(), index, term };
    return { kind: "appended", index, term };
  }

  command(key: string, command: RegistryCommand): LeaderAnswer {
    return this.propose(encodeCommand(key, command));
  }

  application(key: string, data: Uint8Array): LeaderAnswer {
    return this.propose(encodeApplication(key, data));
  }

  private propose(data: Uint8Array): LeaderAnswer {
    if (!this.node.isLeader) return { kind: "not-leader" };
    const result = this.node.use((raft) => raft.propose(data));
    if (result.kind !== "appended") return this.turnedDown(result);
    return { kind: "appended", index: result.index, term: result.term };
  }

  private turnedDown(result: Refusal | { readonly kind: "forwarded" }): LeaderAnswer {
    if (result.kind !== "proposal-dropped") return { kind: "not-leader" };
    switch (result.reason) {
      case "transferring":
        return { kind: "later" };
      case "too-much-uncommitted":
        return {
          kind: "refused",
          refusal: {
            code: "too-many-requests",
            detail: "Too much is waiting to be committed; try again soon.",
          },
        };
      default:
        return { kind: "not-leader" };
    }
  }

  /** Starts a transfer, fenced by the leader and term the caller saw. */
  transfer(target: NodeId, seen: LeaderInfo | undefined): LeaderAnswer {
    const { node } = this;
    if (!node.isLeader) return { kind: "not-leader" };
    const { leader, term } = node.leader.current;
    if (seen !== undefined && (seen.leader !== leader || seen.term !== term)) {
      return { kind: "refused", refusal: { code: "leader-changed", leader, term } };
    }
    if (target === leader) return { kind: "done", index: node.registry.configIndex, changed: false };
    if (!node.registry.confState.voters.includes(target)) {
      const name = node.registry.member(target)?.name ?? `Id ${target}`;
      return {
        kind: "refused",
        refusal: { code: "not-a-voter", detail: `${name} is not a voter; only a voter can lead.` },
      };
    }
    const report = this.status().reports.find((one) => one.id === target);
    if (report?.health !== "healthy") {
      const name = node.registry.member(target)?.name ?? `n${target}`;
      return {
        kind: "refused",
        refusal: { code: "invalid-change", detail: `${name} is unreachable; it could not take over.` },
      };
    }
    if (node.raft.status().leadTransferee !== NONE) return { kind: "later" };
    node.use((raft) => raft.transferLeader(target));
    return { kind: "transferring", term };
  }
}
