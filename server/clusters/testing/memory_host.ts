import type { Machine, ProcessAction } from "../../../protocol/machine";
import type { Problem } from "../../../protocol/problem";
import { Watch } from "../../engine/watch";
import type { ProcessHost } from "../cluster";

/** A machine whose processes exist only as values, for tests of what stands above the ProcessHost seam. */
export class MemoryHost implements ProcessHost {
  readonly calls: string[] = [];
  /** What the next action is refused with. */
  refusal: Problem | undefined;
  private readonly machine = new Watch<Machine>({
    processes: [
      {
        id: "1",
        name: "n1",
        state: "running",
        pid: 4711,
        sinceMs: 5000,
        exit: null,
        console: "http://127.0.0.1:7400",
        servesPage: true,
        member: true,
      },
    ],
    load: { ratePerSecond: 0, endsInMs: null, blocked: null },
  });

  watch() {
    return this.machine.subscribe();
  }

  async act(id: string, action: ProcessAction, confirmQuorumLoss: boolean): Promise<Problem | undefined> {
    this.calls.push(`${action} ${id}${confirmQuorumLoss ? " confirmed" : ""}`);
    return this.refusal;
  }

  setLoad(ratePerSecond: 0 | 100 | 1000): Problem | undefined {
    this.calls.push(`load ${ratePerSecond}`);
    if (this.refusal !== undefined) return this.refusal;
    const endsInMs = ratePerSecond === 0 ? null : 600_000;
    this.machine.send({ ...this.machine.current, load: { ratePerSecond, endsInMs, blocked: null } });
    return undefined;
  }

  nextAddress(): string | null {
    return "127.0.0.1:7503";
  }

  async prepareLearner(wish: { id: string; name: string; address: string | undefined }) {
    this.calls.push(`prepare ${wish.id} ${wish.name} ${wish.address ?? "any"}`);
    if (this.refusal !== undefined) return this.refusal;
    return {
      address: wish.address ?? "127.0.0.1:7503",
      keep: () => {
        this.calls.push(`keep ${wish.id}`);
      },
      discard: async () => {
        this.calls.push(`discard ${wish.id}`);
      },
    };
  }

  async retire(id: string): Promise<void> {
    this.calls.push(`retire ${id}`);
  }
}
