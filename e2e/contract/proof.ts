import { expect } from "@playwright/test";
import type { Problem } from "../../protocol/problem";
import type { Capabilities, Capability } from "../../protocol/status";
import type { Answered, ClusterApi } from "./cluster_api";

/** The capabilities that are actions. */
export type ActionName = NonNullable<
  {
    [K in keyof Capabilities]: Capabilities[K] extends Capability ? K : never;
  }[keyof Capabilities]
>;

/** What was proved of each capability, for the report of the run. */
export class Proof {
  readonly rows: { readonly capability: string; readonly offered: string; readonly proved: string }[] = [];
  private readonly api: ClusterApi;
  private readonly capabilities: Capabilities;

  constructor(api: ClusterApi, capabilities: Capabilities) {
    this.api = api;
    this.capabilities = capabilities;
  }

  can(name: ActionName): boolean {
    return this.capabilities[name].ok;
  }

  /** Notes what was seen of something that is offered. */
  note(capability: ActionName | "fence" | "stream" | "quorum", proved: string): void {
    const offered = capability in this.capabilities ? "yes" : "-";
    this.rows.push({ capability, offered, proved });
  }

  /** What is not offered is refused by the server too, with the very reason the page shows, and changes nothing. */
  async refuses(name: ActionName, attempt: () => Promise<Answered>): Promise<void> {
    const capability = this.capabilities[name];
    if (capability.ok) throw new Error(`${name} is offered`);
    expect(capability.reason.length, `${name}: a reason`).toBeGreaterThan(10);
    const before = await this.api.view();
    expect(problemOf(await attempt()).code, `${name} is refused`).toBe("unsupported");
    expect((await this.api.view()).snapshot, `${name} changed nothing`).toEqual(before.snapshot);
    this.rows.push({
      capability: name,
      offered: "no",
      proved: `refused, nothing done: ${capability.reason}`,
    });
  }
}

/** The problem of a change that has to be refused. */
export function problemOf(ended: Answered): Problem {
  if (ended.ok) throw new Error("it was done");
  return ended.problem;
}
