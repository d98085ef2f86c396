import type { ConnectionPorts } from "./connection";

/** What the calls need of their surroundings. */
export interface ActionPorts extends Pick<ConnectionPorts, "now" | "setTimer" | "clearTimer"> {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly requestId: () => string;
  /** Time (ms) for which the answering node goes on trying, sent with a change. */
  readonly deadlineMs: number;
  /** Aborts a call this long (ms) after its deadline. */
  readonly graceMs: number;
}
