import type { AddLearnerBody, ChangedAnswer } from "../../../protocol/api";
import type { MemberId, MembershipView } from "../../../protocol/membership";
import { type Problem, problem } from "../../../protocol/problem";
import type { Capabilities, Capability, ChangeInProgress, ClusterStatus } from "../../../protocol/status";
import { busySentence, namesOf } from "../../../protocol/words";
import type { RecordBook, WorkResult } from "../attached/record_book";
import type { Intent } from "../attached/records";
import type { Action, ActionContext, ActionResult } from "../cluster";
import type { Timers } from "../timers";
import { type Done, EtcdChanges, type Refused, type Sending } from "./changes";
import type { EtcdChange } from "./gates";
import { hexId } from "./member";
import type { Observer } from "./observer";
import { startCommand } from "./start_command";
import { LeaderTransfer, type SeenLeader } from "./transfer";

export interface RequestsOptions {
  readonly observer: Observer;
  readonly book: RecordBook;
  readonly timers: Timers;
  readonly capabilities: Capabilities;
  readonly readOnly: boolean;
  readonly newest: () => MembershipView;
  readonly status: () => ClusterStatus;
  readonly sending: Sending;
  /** What is in progress began or ended. */
  readonly changed: () => void;
}

/**
 * Takes the operator's requests: each is recorded before it is sent and answered once, also when it is repeated. etcd takes one
 * change at a time, and so does this.
 */
export class EtcdRequests {
  private readonly options: RequestsOptions;
  private readonly changes: EtcdChanges;
  private readonly leaders: LeaderTransfer;
  private current: { readonly what: Omit<ChangeInProgress, "sinceMs">; readonly since: number } | undefined;

  constructor(options: RequestsOptions) {
    this.options = options;
    this.changes = new EtcdChanges(options);
    this.leaders = new LeaderTransfer(options);
  }

  /** The change this console is making now. */
  get inProgress(): ChangeInProgress | null {
    if (this.current === undefined) return null;
    const { what, since } = this.current;
    return { ...what, sinceMs: this.options.timers.now() - since };
  }

  async act(action: Action, context: ActionContext): Promise<ActionResult> {
    const change = this.changeOf(action);
    if ("code" in change) return { ok: false, problem: change };
    const intent = this.intentOf(change);
    return this.record(intent, action, context, async () => {
      const made = await this.changes.make(change, intent, context);
      if ("problem" in made) return toResult(made);
      return { result: { ok: true, answer: this.answer(context, this.learnerOf(change, made)) } };
    });
  }

  async transfer(
    target: MemberId,
    seen: SeenLeader,
    context: Omit<ActionContext, "fence">,
  ): Promise<ActionResult> {
    const denied = this.denied(this.options.capabilities.transfer);
    if (denied !== undefined) return { ok: false, problem: denied };
    const name = this.nameOf(target);
    const intent: Intent = { kind: "transfer", id: target, name };
    return this.record(intent, ["transfer", target, seen], context, async () => {
      const moved = await this.leaders.move(target, seen, context);
      if ("problem" in moved) return toResult(moved);
      return { result: { ok: true, answer: { ...this.answer(context), leader: moved.leader } } };
    });
  }

  private async record(
    intent: Intent,
    asked: unknown,
    context: Omit<ActionContext, "fence">,
    work: () => Promise<WorkResult>,
  ): Promise<ActionResult> {
    const { book, newest, status } = this.options;
    const { requestId, actor } = context;
    const { term } = status().leadership;
    const index = newest().snapshot.committedIndex;
    return book.carryOut({ requestId, asked, intent, actor, term, index }, () =>
      this.alone(intent, context, work),
    );
  }

  /** One at a time; the pace is fast meanwhile. */
  private async alone(
    intent: Intent,
    { requestId, actor }: Omit<ActionContext, "fence">,
    work: () => Promise<WorkResult>,
  ): Promise<WorkResult> {
    const { observer, timers, changed } = this.options;
    const other = this.inProgress;
    if (other !== null) {
      const detail = busySentence(other, (id) => this.nameOf(id));
      return { result: { ok: false, problem: problem("change-in-progress", detail, { inProgress: other }) } };
    }
    // A transfer and new URLs change no roles; the page has no word for them in progress, and "joint" reads "change".
    const kind = intent.kind === "transfer" || intent.kind === "update-address" ? "joint" : intent.kind;
    const members = intent.id === null ? [] : [intent.id];
    this.current = { what: { kind, members, actor, requestId }, since: timers.now() };
    const release = observer.pace.hold();
    changed();
    try {
      return await work();
    } finally {
      this.current = undefined;
      release();
      changed();
    }
  }

  private changeOf(action: Action): EtcdChange | Problem {
    const { capabilities } = this.options;
    const needed: Readonly<Record<Action["kind"], Capability>> = {
      "add-learner": capabilities.addLearner,
      promote: capabilities.promote,
      demote: capabilities.demote,
      remove: capabilities.remove,
      "update-address": capabilities.updateAddress,
      changes: capabilities.joint,
    };
    const denied = this.denied(needed[action.kind]);
    if (denied !== undefined) return denied;
    switch (action.kind) {
      case "add-learner":
        return additionOf(action);
      case "update-address":
        return { kind: action.kind, id: action.id, peerUrls: action.peerUrls };
      case "promote":
      case "remove":
        return { kind: action.kind, id: action.id };
      default:
        return problem("unsupported", "etcd cannot do that.");
    }
  }

  private denied(capability: Capability): Problem | undefined {
    if (capability.ok) return undefined;
    return problem(this.options.readOnly ? "read-only" : "unsupported", capability.reason);
  }

  private intentOf(change: EtcdChange): Intent {
    if (change.kind === "add-learner") {
      return { kind: change.kind, id: null, name: change.name, peerUrls: [...change.peerUrls] };
    }
    const { id } = change;
    const name = this.nameOf(id);
    if (change.kind === "update-address")
      return { kind: change.kind, id, name, peerUrls: [...change.peerUrls] };
    return { kind: change.kind, id, name };
  }

  private answer(context: Omit<ActionContext, "fence">, learner?: ChangedAnswer["learner"]): ChangedAnswer {
    const membership = this.options.newest();
    const index = membership.snapshot.committedIndex;
    return {
      requestId: context.requestId,
      index,
      membership,
      ...(learner === undefined ? {} : { learner }),
    };
  }

  /** What there is to know for starting the member that was added. */
  private learnerOf(change: EtcdChange, { members, added }: Done): ChangedAnswer["learner"] {
    if (change.kind !== "add-learner" || added === undefined) return undefined;
    const name = change.name || `member-${hexId(added.id)}`;
    const command = startCommand({ name, id: added.id, peerUrls: added.peerUrls, members });
    return { id: added.id, name, address: added.peerUrls[0] ?? "", command };
  }

  private nameOf(id: MemberId): string {
    return namesOf(this.options.status().members)(id);
  }
}

function additionOf(body: AddLearnerBody): EtcdChange | Problem {
  const bad = (detail: string, field: string) => problem("bad-input", detail, { field });
  if (body.id !== undefined) return bad("etcd assigns ids itself.", "id");
  if (body.learnerKind !== undefined) return bad("etcd has one kind of learner.", "learnerKind");
  if (body.start !== undefined) return problem("unsupported", "This console runs no etcd processes.");
  if (body.peerUrls === undefined || body.address !== undefined) {
    return bad("A new member of etcd needs the URLs that its peers dial, as peerUrls.", "peerUrls");
  }
  if (new Set(body.peerUrls).size < body.peerUrls.length) return bad("A URL stands there twice.", "peerUrls");
  return { kind: "add-learner", peerUrls: body.peerUrls, name: body.name ?? "" };
}

function toResult({ problem: because, rejected }: Refused): WorkResult {
  return { result: { ok: false, problem: because }, rejected };
}
