import { type Problem, problem } from "../../protocol/problem";
import type { Timers } from "../clusters/timers";
import { identityOf, type ProcessIdentity, processFacts, signalProcess } from "./process_facts";

/** How long a process may take to stop before it is killed (ms). */
export const STOP_GRACE_MS = 5000;

/** running: its console answers as itself. frozen: SIGSTOP. stopping: asked to end, and killed after a grace. */
export type ProcessState = "starting" | "running" | "frozen" | "stopping" | "exited";

/** A process that was just started. */
export interface LaunchedProcess {
  readonly pid: number;
  /** Calls once when it has ended, at once if it already has. */
  onExit(call: (code: number | null, signal: string | null) => void): void;
}

export interface NodeProcessOptions {
  readonly name: string;
  /** Starts it, detached from this process; a sentence where that cannot be done. */
  readonly launch: () => LaunchedProcess | string;
  /** Whether the node answers as itself on its console. */
  readonly answers: () => Promise<boolean>;
  /** The last thing it wrote, for the words about its end. */
  readonly lastWords: () => string | undefined;
  readonly timers: Timers;
  readonly onStarted: (identity: ProcessIdentity) => void;
  readonly onChange: () => void;
  /** `asked`: stop() was called. */
  readonly onExit: (asked: boolean, code: number | null) => void;
}

/**
 * One node's process on this machine: started by this one, or taken over from another. `state` is what was last seen; `poll()`
 * looks again, so that signals from outside, and the end of a process that is nobody's child any more, show too.
 */
export class NodeProcess {
  private readonly options: NodeProcessOptions;
  private current: ProcessState = "exited";
  private identity: ProcessIdentity | undefined;
  private startedAt = 0;
  private answered = false;
  /** Its end is told by the system, with how; the end of an adopted one can only be seen. */
  private child = false;
  private ending: string | null = null;
  private askedToStop = false;
  /** Whoever's child it is: how it ended is known. */
  private sentKill = false;
  private cancelKill: (() => void) | undefined;

  constructor(options: NodeProcessOptions) {
    this.options = options;
    this.startedAt = options.timers.now();
  }

  get state(): ProcessState {
    return this.current;
  }

  /** Null when it has exited. */
  get pid(): number | null {
    return this.identity?.pid ?? null;
  }

  /** How it ended; null while it runs, or if nobody saw. */
  get exit(): string | null {
    return this.ending;
  }

  /** Milliseconds in this state. */
  get sinceMs(): number {
    return this.options.timers.now() - this.startedAt;
  }

  /** Starts the process. A problem if one runs, or if it cannot be started. */
  async start(): Promise<Problem | undefined> {
    if (this.current !== "exited") return this.wrongState("already runs");
    this.answered = false;
    this.askedToStop = false;
    this.sentKill = false;
    this.ending = null;
    const launched = this.options.launch();
    if (typeof launched === "string") {
      this.ending = launched;
      this.options.onChange();
      return problem("start-failed", `${this.options.name} did not start: ${launched}`);
    }
    this.enter("starting");
    // A process that ended at once has no birth any more; its exit is told below.
    const identity = (await identityOf(launched.pid)) ?? { pid: launched.pid, born: "" };
    this.identity = identity;
    this.child = true;
    this.options.onStarted(identity);
    launched.onExit((code, signal) => this.ended(identity, code, signal));
    this.options.onChange();
    return undefined;
  }

  /** Takes over a process that runs already. */
  adopt(identity: ProcessIdentity, answers: boolean): void {
    this.identity = identity;
    this.child = false;
    this.sentKill = false;
    this.askedToStop = false;
    this.answered = answers;
    this.ending = null;
    this.enter(answers ? "running" : "starting");
    this.options.onStarted(identity);
  }

  /** Asks it to end (SIGTERM); after `graceMs` it is killed. */
  async stop(graceMs: number = STOP_GRACE_MS): Promise<Problem | undefined> {
    const identity = this.identity;
    if (identity === undefined) return this.wrongState("does not run");
    if (this.current === "stopping") return undefined;
    const frozen = this.current === "frozen";
    this.askedToStop = true;
    this.enter("stopping");
    await signalProcess(identity, "SIGTERM");
    // A frozen process sees the signal only once it runs again.
    if (frozen) await signalProcess(identity, "SIGCONT");
    this.cancelKill?.();
    this.cancelKill = this.options.timers.after(graceMs, () => void this.kill());
    return undefined;
  }

  async kill(): Promise<Problem | undefined> {
    const identity = this.identity;
    if (identity === undefined) return this.wrongState("does not run");
    this.sentKill = await signalProcess(identity, "SIGKILL");
    return undefined;
  }

  async freeze(): Promise<Problem | undefined> {
    const identity = this.identity;
    if (identity === undefined || (this.current !== "running" && this.current !== "starting")) {
      return this.wrongState(identity === undefined ? "does not run" : `is ${this.current}`);
    }
    if (await signalProcess(identity, "SIGSTOP")) this.enter("frozen");
    return undefined;
  }

  async thaw(): Promise<Problem | undefined> {
    const identity = this.identity;
    if (identity === undefined || this.current !== "frozen") return this.wrongState("is not frozen");
    if (await signalProcess(identity, "SIGCONT")) this.enter(this.answered ? "running" : "starting");
    return undefined;
  }

  /** Looks at the process and moves to the state it is found in. */
  async poll(): Promise<void> {
    const identity = this.identity;
    if (identity === undefined) return;
    const facts = await processFacts(identity.pid);
    if (this.identity !== identity) return;
    if (facts === undefined || facts.born !== identity.born) {
      if (!this.child) this.ended(identity, null, null);
      return;
    }
    if (this.current === "stopping") return;
    if (facts.frozen) return this.enter("frozen");
    if (this.current === "frozen") this.enter(this.answered ? "running" : "starting");
    if (this.current !== "starting" || !(await this.options.answers())) return;
    if (this.identity !== identity || this.current !== "starting") return;
    this.answered = true;
    this.enter("running");
  }

  private ended(identity: ProcessIdentity, code: number | null, signal: string | null): void {
    if (this.identity !== identity) return;
    this.cancelKill?.();
    this.cancelKill = undefined;
    this.identity = undefined;
    this.ending = this.words(code, signal);
    this.enter("exited");
    this.options.onExit(this.askedToStop, code);
  }

  private words(code: number | null, signal: string | null): string | null {
    if (signal !== null) return signal;
    if (code === null) return this.sentKill ? "SIGKILL" : null;
    const last = code === 0 ? undefined : this.options.lastWords();
    return last === undefined ? `code ${code}` : `code ${code}: ${last}`;
  }

  private enter(state: ProcessState): void {
    if (this.current === state) return;
    this.current = state;
    this.startedAt = this.options.timers.now();
    this.options.onChange();
  }

  private wrongState(what: string): Problem {
    return problem("process-state", `The process of ${this.options.name} ${what}.`);
  }
}
