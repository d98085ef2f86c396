import type { ChangeInProgress, ClusterStatus, Notice } from "../../../protocol/status";
import { ObservedMembership } from "../attached/membership_feed";
import type { RecordBook } from "../attached/record_book";
import type { Timers } from "../timers";
import { type Agreement, agreementOf, withKnownTerm } from "./leadership";
import { LearnerWaits } from "./learner_waits";
import type { NodeLink } from "./node_link";
import { type ClusterView, NodeViews } from "./node_views";
import { Nodes, seedsOf } from "./nodes";
import { forgetfulNotice, heldBackNotice, inOrder, leadersNotice } from "./notices";
import type { DEngineOptions } from "./options";
import { type KnownMember, toStatus } from "./status";

/** Once one node was heard the others have this long (ms); then those that only answer, and tell no view, are waited for no more. */
const SETTLE_MS = 10_000;

const EPOCH = /^d(\d{1,9})$/;

/** The cluster as its nodes tell it: their views reconciled, their leader agreed on, everything about each of them. */
export class DEngineObserver {
  readonly nodes: Nodes;
  readonly membership: ObservedMembership;
  private readonly timers: Timers;
  private readonly book: RecordBook;
  private readonly views: NodeViews;
  private readonly waits = new LearnerWaits();
  private readonly changed: () => void;
  /** When a node was first heard; ms on the console's clock. */
  private firstHeardAt: number | undefined;
  private lastAgreement: Agreement | undefined;
  private leaderless: number | undefined;

  constructor(options: DEngineOptions, timers: Timers, changed: () => void) {
    this.timers = timers;
    this.book = options.recordBook;
    this.changed = changed;
    const recorded = this.book.lastView;
    const epoch = Number(EPOCH.exec(recorded?.epoch ?? "")?.[1]);
    this.views = new NodeViews(
      (address) => this.nodes.isPresent(address),
      recorded !== undefined && epoch > 0
        ? { epoch, committedIndex: recorded.snapshot.committedIndex }
        : undefined,
    );
    this.membership = new ObservedMembership(recorded ?? nothingYet, (one) => this.book.published(one));
    this.nodes = new Nodes({
      seeds: seedsOf(options.endpoints),
      secure: options.tls !== undefined || options.endpoints.some((one) => one.startsWith("https:")),
      tls: options.tls,
      timers,
      random: options.random ?? Math.random,
      viewed: (address, view) => {
        this.firstHeardAt ??= timers.now();
        this.publish(this.views.observe(address, view));
        changed();
      },
      changed: () => this.learned(),
    });
  }

  /** The cluster's view; undefined before any node told one. */
  get current(): ClusterView | undefined {
    return this.views.current;
  }

  /** Whom the voters take for leader now. */
  agreement(): Agreement {
    const voters = new Set(this.current?.view.members ?? []);
    const now = agreementOf(this.nodes.words(voters), this.nodes.claims());
    this.lastAgreement = withKnownTerm(now, this.lastAgreement);
    return this.lastAgreement;
  }

  /** Everything that is known now. */
  status(changeInProgress: ChangeInProgress | null): ClusterStatus {
    const now = this.timers.now();
    const { epoch, snapshot } = this.membership.newest;
    const view = {
      members: snapshot.members.map(Number),
      learners: snapshot.learners.map(Number),
      committedIndex: snapshot.committedIndex,
    };
    const agreement = this.agreement();
    this.leaderless = agreement.leader === undefined ? (this.leaderless ?? now) : undefined;
    const members = this.members(view.members, view.learners, agreement, now);
    return toStatus({
      epoch,
      committedIndex: snapshot.committedIndex,
      view,
      agreement,
      noLeaderForMs: now - (this.leaderless ?? now),
      members,
      changeInProgress,
      refusals: this.book.refusals,
      notices: this.notices(members),
      now,
    });
  }

  close(): void {
    this.nodes.close();
    this.membership.close();
  }

  private learned(): void {
    const links = this.nodes.all;
    const heard = (link: NodeLink) => this.views.viewOf(link.address) !== undefined;
    const isOver = this.timers.now() - (this.firstHeardAt ?? this.timers.now()) >= SETTLE_MS;
    if (isOver || links.every((link) => link.probed && (heard(link) || !this.nodes.isAnswering(link)))) {
      this.publish(this.views.settle(isOver || links.every(heard)));
    }
    this.publish(this.views.reconsider());
    this.changed();
  }

  private publish(current: ClusterView | undefined): void {
    if (current === undefined) return;
    const { members, learners, committedIndex } = current.view;
    const seen = (role: "voter" | "learner") => (id: number) => ({
      id: String(id),
      name: "",
      role,
      peerUrls: [],
    });
    this.membership.observe({
      epoch: `d${current.epoch}`,
      members: [...members.map(seen("voter")), ...learners.map(seen("learner"))],
      index: committedIndex,
      exact: true,
      indexed: true,
    });
  }

  private members(
    voters: readonly number[],
    learners: readonly number[],
    { leader, term }: Agreement,
    now: number,
  ): KnownMember[] {
    const records = this.nodes.records();
    const known = (role: KnownMember["role"]) => (id: number) => {
      const link = this.nodes.byId(id);
      const key = link?.address ?? "";
      return {
        id,
        role,
        record: records.get(id),
        link,
        answering: link !== undefined && this.nodes.isAnswering(link),
        view: this.views.viewOf(key),
        follows: this.views.follows(key),
        restart: this.views.restartOf(key),
      };
    };
    const members = [...voters.map(known("voter")), ...learners.map(known("learner"))];
    const promotable = members.filter(({ role, record }) => role === "learner" && record?.status === 1);
    const led = leader === undefined ? undefined : { id: leader, term };
    const outlooks = this.waits.outlooks(promotable, voters.length, led, now);
    return members.map((member) => ({ ...member, outlook: outlooks.get(member.id) }));
  }

  private notices(members: readonly KnownMember[]): Notice[] {
    const cluster = this.current?.view;
    const notices: Notice[] = [];
    const leaders = leadersNotice(this.nodes.claims());
    if (leaders !== undefined) notices.push(leaders);
    for (const { id, role, follows, restart, view, outlook } of members) {
      // A learner tells its own way while it catches up.
      const strange = !follows && (restart !== undefined || role === "voter");
      if (strange && view !== undefined && cluster !== undefined) {
        notices.push(forgetfulNotice({ id, restart, view }, cluster));
      }
      if (outlook?.evictionInMs !== undefined) notices.push(heldBackNotice(id, outlook.reason));
    }
    const { trouble } = this.book;
    if (trouble !== undefined) {
      notices.push({
        id: "record",
        tone: "warning",
        text: trouble.slice(0, 512),
        advice: null,
        member: null,
      });
    }
    return inOrder(notices);
  }
}

/** Before any node was heard: an epoch of its own, so that the first real view is news even at index 0. */
const nothingYet = {
  epoch: "d0",
  exact: false,
  sequence: 0,
  snapshot: { members: [], learners: [], committedIndex: 0 },
};
