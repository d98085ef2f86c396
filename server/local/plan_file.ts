import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { hasCode, makeDirectory, systemReason, writeDurably } from "./durable_file";
import { PLAN_FORMAT, type Plan, type PlannedNode, planSchema } from "./plan";

/** Why there is no usable plan; `message` is one sentence: what, where, what to do. */
export interface PlanFault {
  readonly kind: "missing" | "damaged" | "newer" | "unreadable" | "unwritable";
  readonly message: string;
}

/** The plan of a data directory, as it stands on the disk: every change is durable before it is visible here. */
export class PlanFile {
  readonly directory: string;
  private plan: Plan;

  private constructor(directory: string, plan: Plan) {
    this.directory = directory;
    this.plan = plan;
  }

  /** Reads and validates plan.json. `missing` where there is none. */
  static load(directory: string): PlanFile | PlanFault {
    const path = planPath(directory);
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch (error) {
      if (hasCode(error, "ENOENT")) {
        return { kind: "missing", message: `There is no cluster in ${directory}: ${path} does not exist.` };
      }
      return { kind: "unreadable", message: `Cannot read ${path}: ${systemReason(error)}.` };
    }
    const plan = parsePlan(text, path);
    return "kind" in plan ? plan : new PlanFile(directory, plan);
  }

  /** Makes the directory and a plan in it. The caller holds the directory's lock and knows that there is no plan. */
  static create(directory: string, plan: Plan): PlanFile | PlanFault {
    try {
      makeDirectory(directory);
      writeDurably(planPath(directory), textOf(plan));
    } catch (error) {
      return unwritable(directory, error);
    }
    return new PlanFile(directory, plan);
  }

  get current(): Plan {
    return this.plan;
  }

  /** The node with this id, also when removed. */
  node(id: number): PlannedNode | undefined {
    return this.plan.nodes.find((node) => node.id === id);
  }

  /** Absolute path of a node's data directory. */
  pathOf(node: Pick<PlannedNode, "directory">): string {
    return join(this.directory, node.directory);
  }

  /** Makes a changed plan durable. Throws what the file system throws; then nothing changed here either. */
  save(next: Plan): void {
    const checked = planSchema.parse(next);
    writeDurably(planPath(this.directory), textOf(checked));
    this.plan = checked;
  }

  /** Changes one node's entry; no write when nothing differs. */
  update(id: number, change: Partial<Omit<PlannedNode, "id">>): void {
    const node = this.node(id);
    if (node === undefined) return;
    const next = { ...node, ...change };
    if (JSON.stringify(next) === JSON.stringify(node)) return;
    this.save({
      ...this.plan,
      nodes: this.plan.nodes.map((other) => (other.id === id ? next : other)),
    });
  }

  add(node: PlannedNode): void {
    this.save({ ...this.plan, nodes: [...this.plan.nodes, node] });
  }

  /** Forgets a node that never became a member. */
  drop(id: number): void {
    if (this.node(id) === undefined) return;
    this.save({ ...this.plan, nodes: this.plan.nodes.filter((node) => node.id !== id) });
  }
}

function parsePlan(text: string, path: string): Plan | PlanFault {
  const damaged = (what: string): PlanFault => ({
    kind: "damaged",
    message: `${path} is damaged (${what}); restore it from a copy, or start a new cluster with another --data-dir.`,
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return damaged(text.length === 0 ? "it is empty" : "it is not complete JSON");
  }
  const format = typeof value === "object" && value !== null && "format" in value ? value.format : undefined;
  if (typeof format === "number" && format > PLAN_FORMAT) {
    return {
      kind: "newer",
      message: `${path} was written by a newer Rollcall (plan format ${format}, this one knows ${PLAN_FORMAT}); use that version.`,
    };
  }
  const plan = planSchema.safeParse(value);
  if (plan.success) return plan.data;
  const issue = plan.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
  return damaged(`${where}${issue?.message ?? "not a plan"}`);
}

/** The sentence for a data directory that cannot be written. */
export function unwritable(directory: string, error: unknown): PlanFault {
  return {
    kind: "unwritable",
    message: `Cannot write to ${directory}: ${systemReason(error)}; choose another directory with --data-dir.`,
  };
}

/** Whether a node's data directory is there. */
export function directoryExists(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function planPath(directory: string): string {
  return join(directory, "plan.json");
}

function textOf(plan: Plan): string {
  return `${JSON.stringify(plan, null, 2)}\n`;
}
