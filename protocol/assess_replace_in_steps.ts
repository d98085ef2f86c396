import type { MemberChange } from "./api";
import { type Assessment, assessChange } from "./assess";
import type { AssessmentCounts } from "./assessment";
import { withCaughtUp } from "./caught_up";
import { compareIds } from "./diff";
import type { MemberId } from "./membership";
import type { ReplaceAssessment, ReplaceInput, ReplaceStep } from "./replace_assessment";
import type { Configuration, Leadership, MemberStatus } from "./status";
import { type NameOf, namesOf } from "./words";

/** A cluster as it would be after some of the steps. */
interface Scene {
  readonly configuration: Configuration;
  readonly members: readonly MemberStatus[];
  readonly leadership: Leadership;
}

/**
 * Judges a replacement where the engine changes one member at a time. A voter that is down leaves first: that costs nothing, and such a
 * cluster may refuse to take another member before. One that is alive leaves last, so that there are never fewer voters than before.
 */
export function assessReplaceInSteps(input: ReplaceInput): ReplaceAssessment {
  const { target, learner, configuration, members, leadership } = input;
  const nameOf = namesOf(members, { [learner.id]: learner.name });
  const [name, old] = [nameOf(learner.id), nameOf(target)];
  const dead = members.find(({ id }) => id === target)?.health.state === "down";
  const known = members.find(({ id }) => id === learner.id);
  const rehearsal = new Rehearsal(input, { configuration, members, leadership });
  const before = rehearsal.counts();
  const leads = leadership.id === target && !dead;
  const remove = () => {
    if (leads) rehearsal.moveLeadershipOff(target);
    rehearsal.make({ kind: "remove", id: target });
    if (dead) return `${old} leaves, which is down`;
    return leads ? `Leadership moves off ${old}; then ${old} leaves` : `${old} leaves`;
  };
  const steps: ReplaceStep[] = [];
  const step = (words: string) => steps.push({ words, after: rehearsal.counts() });
  if (dead) step(remove());
  rehearsal.add(learner);
  step(known === undefined ? `Add ${name} as learner` : `${name} is a learner already`);
  step(known === undefined ? `${name} is started and catches up` : `${name} catches up`);
  rehearsal.make({ kind: "promote", id: learner.id });
  step(`${name} votes`);
  if (!dead) step(remove());
  return {
    swap: merged(rehearsal.made, { typedName: leads ? old : undefined, notes: roomNotes(input, nameOf) }),
    before,
    steps,
    lead: leadOf(name, old, dead),
  };
}

function leadOf(name: string, old: string, dead: boolean): string {
  const order = dead
    ? `${old} is down and leaves first: nothing healthy is lost, and a cluster with a dead member may refuse another one.`
    : `${old} votes until ${name} does.`;
  return `${order} This console carries the plan out: it goes on when this page closes, and after a restart of the console.`;
}

/** A cluster that takes a number of learners at once may have to wait for one to vote or leave. */
function roomNotes({ capabilities, configuration, learner }: ReplaceInput, nameOf: NameOf): string[] {
  const { atOnce } = capabilities?.learner ?? {};
  const { learners } = configuration;
  if (atOnce === undefined || learners.length < atOnce || learners.includes(learner.id)) return [];
  const whom = learners.map(nameOf).join(", ");
  return [`The cluster takes ${atOnce} learner at once: the plan waits until ${whom} votes or has left.`];
}

/** Plays the steps on a copy of what is in force; each is judged on what the one before it left. */
class Rehearsal {
  readonly made: Assessment[] = [];
  private readonly input: ReplaceInput;
  private scene: Scene;

  constructor(input: ReplaceInput, scene: Scene) {
    this.input = input;
    this.scene = scene;
  }

  /** The figures as things are at this point. */
  counts(): AssessmentCounts {
    // The learner that stands for any other changes no figure.
    return this.judge({ kind: "add-learner", id: "0" }).before;
  }

  add(learner: ReplaceInput["learner"]): void {
    this.scene = { ...this.scene, ...withCaughtUp(this.scene, learner) };
  }

  moveLeadershipOff(target: MemberId): void {
    const heir = this.scene.members.find(
      ({ id, role, health }) => id !== target && role === "voter" && health.state === "healthy",
    );
    if (heir !== undefined)
      this.scene = { ...this.scene, leadership: { ...this.scene.leadership, id: heir.id } };
  }

  make(change: Extract<MemberChange, { kind: "promote" | "remove" }>): void {
    this.made.push(this.judge(change));
    const { configuration, members } = this.scene;
    const without = (ids: readonly MemberId[]) => ids.filter((id) => id !== change.id);
    const promoted = change.kind === "promote" ? [change.id] : [];
    const stay = members.filter(({ id }) => change.kind === "promote" || id !== change.id);
    this.scene = {
      ...this.scene,
      configuration: {
        ...configuration,
        incoming: [...without(configuration.incoming), ...promoted].sort(compareIds),
        learners: without(configuration.learners),
      },
      members: stay.map((one) => (promoted.includes(one.id) ? { ...one, role: "voter" } : one)),
    };
  }

  private judge(change: MemberChange): Assessment {
    return assessChange({ ...this.input, ...this.scene, changes: [change] });
  }
}

/** Several changes as one verdict: refused where one of them is, as risky as the riskiest. */
function merged(
  made: readonly Assessment[],
  { typedName, notes }: { readonly typedName: string | undefined; readonly notes: string[] },
): Assessment {
  const [first] = made;
  const last = made.at(-1);
  if (first === undefined || last === undefined) throw new Error("a replacement makes at least one change");
  const refused = made.find(({ refusal }) => refusal !== undefined);
  const typed = made.find(({ risk }) => risk === "type-name")?.typeName ?? typedName;
  const warned = made.some(({ risk }) => risk === "summary-warning");
  const calm = typed !== undefined ? "type-name" : warned ? "summary-warning" : "summary";
  return {
    before: first.before,
    after: last.after,
    canCommit: (made.find(({ canCommit }) => !canCommit.ok) ?? first).canCommit,
    safe: (made.find(({ safe }) => !safe.ok) ?? last).safe,
    risk: refused === undefined ? calm : "refused",
    ...(refused === undefined && typed !== undefined ? { typeName: typed } : {}),
    ...(refused === undefined ? {} : { refusal: refused.refusal }),
    notes,
    alternatives: refused?.alternatives ?? [],
    dialog: { ...last.dialog, danger: typed !== undefined },
  };
}
