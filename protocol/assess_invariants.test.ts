import { describe, expect, it } from "vitest";
import type { MemberChange } from "./api";
import { type Assessment, assessChange } from "./assess";
import { type HealthState, quorumSize } from "./quorum";
import type { Configuration } from "./status";
import { member, plain, statusOf } from "./testing/status_fixture";

/** Counts by the definition, without the module under test. */
function short(ids: readonly string[], healthy: ReadonlySet<string>): boolean {
  return ids.filter((id) => healthy.has(id)).length < quorumSize(ids.length);
}

interface Case {
  readonly configuration: Configuration;
  readonly health: Readonly<Record<string, HealthState>>;
  readonly change: MemberChange;
  readonly leader: string | null;
}

const states: readonly HealthState[] = ["healthy", "down", "unknown"];

function* healths(ids: readonly string[]): Generator<Record<string, HealthState>> {
  const total = states.length ** ids.length;
  for (let code = 0; code < total; code += 1) {
    const entries = ids.map((id, place): [string, HealthState] => [
      id,
      states[Math.floor(code / states.length ** place) % states.length] ?? "unknown",
    ]);
    yield Object.fromEntries(entries);
  }
}

function subsets(ids: readonly string[]): string[][] {
  return Array.from({ length: 2 ** ids.length }, (_, code) =>
    ids.filter((_id, place) => (code >> place) & 1),
  );
}

/** Every configuration of up to four members, each a voter, a learner or absent; and every joint one of up to three. */
function* cases(): Generator<Case> {
  const pool = ["1", "2", "3", "4"];
  for (const voters of subsets(pool)) {
    if (voters.length === 0) continue;
    const others = pool.filter((id) => !voters.includes(id));
    for (const learners of subsets(others)) {
      yield* casesOf(plain(voters, learners), [...voters, ...learners]);
    }
  }
  const few = pool.slice(0, 3);
  for (const incoming of subsets(few)) {
    for (const outgoing of subsets(few)) {
      if (incoming.length === 0 || outgoing.length === 0) continue;
      const configuration = { ...plain(incoming), outgoing };
      yield* casesOf(configuration, [...new Set([...incoming, ...outgoing])]);
    }
  }
}

function* casesOf(configuration: Configuration, ids: readonly string[]): Generator<Case> {
  for (const health of healths(ids)) {
    for (const id of [...ids, "9"]) {
      for (const kind of ["add-learner", "promote", "demote", "remove"] as const) {
        for (const leader of [null, configuration.incoming[0] ?? null]) {
          yield { configuration, health, change: { kind, id }, leader };
        }
      }
    }
  }
}

function judge({ configuration, health, change, leader }: Case): Assessment {
  const members = Object.entries(health).map(([id, state]) =>
    member({
      id,
      health: state,
      role: configuration.learners.includes(id) ? "learner" : "voter",
      promotable: { ok: true },
    }),
  );
  const { leadership } = statusOf(members);
  return assessChange({
    configuration,
    members,
    leadership: { ...leadership, id: leader },
    changes: [change],
  });
}

function votersAfter({ configuration, change }: Case): string[] {
  const rest = configuration.incoming.filter((id) => id !== change.id);
  const stays =
    change.kind === "promote" ||
    (change.kind === "add-learner" && rest.length < configuration.incoming.length);
  return stays ? [...rest, change.id] : rest;
}

/** The first cases that break a rule, and how many were looked at; an `expect` for each would take most of the time. */
function check(rule: (one: Case, assessment: Assessment) => boolean | undefined) {
  const broken: Case[] = [];
  let seen = 0;
  for (const one of cases()) {
    const holds = rule(one, judge(one));
    if (holds !== undefined) seen += 1;
    if (holds === false && broken.length < 3) broken.push(one);
  }
  return { broken, seen };
}

const healthyIn = ({ health }: Case) => new Set(Object.keys(health).filter((id) => health[id] === "healthy"));

function commits(one: Case): boolean {
  const { incoming, outgoing } = one.configuration;
  const halves = [incoming, outgoing].filter((ids) => ids.length > 0);
  return one.leader !== null && halves.every((ids) => !short(ids, healthyIn(one)));
}

describe("assessment of every small configuration, health and change", () => {
  it("never calls a result safe when healthy after is below quorum after", () => {
    const { broken, seen } = check((one, { safe, after, refusal }) => {
      if (safe.ok !== after.healthy >= after.quorum) return false;
      const possible = refusal === undefined || refusal.code === "would-lose-quorum";
      return possible ? safe.ok === !short(votersAfter(one), healthyIn(one)) : undefined;
    });
    expect(broken).toEqual([]);
    expect(seen).toBeGreaterThan(1000);
  });

  it("lets nothing pass that cannot commit, or whose result could not", () => {
    const { broken, seen } = check((one, { risk, refusal, canCommit }) => {
      if ((risk === "refused") !== (refusal !== undefined) || canCommit.ok !== commits(one)) return false;
      if (risk === "refused") return undefined;
      const next = votersAfter(one);
      return next.length > 0 && commits(one) && !short(next, healthyIn(one));
    });
    expect(broken).toEqual([]);
    expect(seen).toBeGreaterThan(1000);
  });

  it("always lets a dead voter go while quorum holds", () => {
    const { broken, seen } = check((one, { risk, before, after }) => {
      const { configuration, change, health } = one;
      const dead = configuration.incoming.includes(change.id) && health[change.id] === "down";
      if (change.kind !== "remove" || !dead || configuration.outgoing.length > 0) return undefined;
      return commits(one) ? risk !== "refused" && after.canLose >= before.canLose : undefined;
    });
    expect(broken).toEqual([]);
    expect(seen).toBeGreaterThan(50);
  });

  it("asks for a typed name exactly when tolerance falls to none, or the leader goes", () => {
    const { broken, seen } = check(({ change, leader }, { risk, before, after }) => {
      if (risk === "refused") return undefined;
      const falls = before.canLose > 0 && after.canLose === 0;
      const leads = change.id === leader && (change.kind === "remove" || change.kind === "demote");
      return (risk === "type-name") === (falls || leads);
    });
    expect(broken).toEqual([]);
    expect(seen).toBeGreaterThan(1000);
  });
});
