import type { ClusterStatus, Configuration, GuidedPlan, MemberHealth, MemberStatus } from "../status";

/** A member in few words: id, role and health; the rest is that of a calm three-node cluster on one machine. */
export interface MemberSketch extends Partial<Omit<MemberStatus, "health">> {
  readonly id: string;
  readonly health?: MemberHealth["state"];
  readonly word?: MemberHealth["word"];
  readonly sinceMs?: number | null;
}

const words: Record<MemberHealth["state"], MemberHealth["word"]> = {
  healthy: "Healthy",
  down: "Unreachable",
  unknown: "Unknown",
};

/** One member's status. */
export function member(sketch: MemberSketch): MemberStatus {
  const { id, health = "healthy", word = words[health], sinceMs = 0, ...rest } = sketch;
  return {
    id,
    name: `n${id}`,
    role: "voter",
    address: `127.0.0.1:75${id.padStart(2, "0")}`,
    console: `http://127.0.0.1:74${id.padStart(2, "0")}`,
    health: { state: health, word, sinceMs, source: { by: "leader n1", ageMs: 400 } },
    lag: { entries: 0, current: true },
    ratePerSecond: 0,
    lastContactMs: 0,
    promotable: null,
    ownView: null,
    facts: [],
    ...rest,
  };
}

/** A learner's status, ready to be promoted. */
export function learner(sketch: MemberSketch): MemberStatus {
  return member({ role: "learner", promotable: { ok: true }, ...sketch });
}

/** A configuration that is not joint. */
export function plain(voters: readonly string[], learners: readonly string[] = []): Configuration {
  return { incoming: [...voters], outgoing: [], learners: [...learners], learnersNext: [], autoLeave: false };
}

/** A cluster's status; its configuration is that of the members' roles unless given. */
export function statusOf(
  members: readonly MemberStatus[],
  changes: Partial<ClusterStatus> = {},
): ClusterStatus {
  const ids = (role: MemberStatus["role"]) => members.filter((one) => one.role === role).map((one) => one.id);
  const healthy = members.filter((one) => one.role === "voter" && one.health.state === "healthy");
  return {
    epoch: "e1",
    committedIndex: 12,
    leadership: {
      id: healthy[0]?.id ?? null,
      term: 2,
      answering: healthy.length,
      agree: healthy.length,
      noneForMs: null,
    },
    configuration: plain(ids("voter"), ids("learner")),
    changeInProgress: null,
    members: [...members],
    factAgeMs: 0,
    self: { id: "1", name: "n1", standing: "member", index: null },
    lastLogIndex: 100,
    appliedIndex: 100,
    loopbackOnly: true,
    refusals: 0,
    plans: [],
    notices: [],
    ...changes,
  };
}

/** n1 to nV voters of which those named in `down` and `unknown` are so. */
export function voters(
  count: number,
  {
    down = [],
    unknown = [],
  }: { readonly down?: readonly number[]; readonly unknown?: readonly number[] } = {},
): MemberStatus[] {
  return Array.from({ length: count }, (_, place) => {
    const number = place + 1;
    const health = down.includes(number) ? "down" : unknown.includes(number) ? "unknown" : "healthy";
    return member({ id: String(number), health });
  });
}

/** A plan that replaces n3 by the learner n4, which is catching up. */
export const replacing: GuidedPlan = {
  id: "request-1",
  kind: "replace",
  learner: "4",
  target: "3",
  actor: "root",
  state: "running",
  step: "catching-up",
  waitingFor: null,
  reason: "",
};
