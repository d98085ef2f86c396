import { type ChildProcess, fork } from "node:child_process";
import type { Answers, FromNode, NodeSettings, Question, ToNode } from "./wire";

/** Lines of a process's error output that are kept for the report. */
const STDERR_CHARS = 2000;

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** One incarnation of one node: a real process. */
export class NodeProcess {
  readonly ended: Promise<Ended>;
  /** Resolves once it is up; false: it ended first. */
  readonly started: Promise<boolean>;
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, (answer: unknown) => void>();
  private nextId = 1;
  private stderr = "";
  private gone = false;

  constructor(program: string, settings: NodeSettings) {
    // Not the loader that this process may run under: the program is bundled.
    const child = fork(program, [JSON.stringify(settings)], {
      execArgv: [],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.child = child;
    child.stderr?.on("data", (bytes) => {
      this.stderr = (this.stderr + bytes).slice(-STDERR_CHARS);
    });
    let up: (value: boolean) => void = () => undefined;
    this.started = new Promise((resolve) => {
      up = resolve;
    });
    child.on("message", (message: FromNode) => {
      if (message.kind === "started") return up(true);
      const done = this.waiting.get(message.id);
      this.waiting.delete(message.id);
      done?.(message.answer);
    });
    child.on("error", () => undefined);
    this.ended = new Promise((resolve) => {
      child.once("exit", () => {
        this.gone = true;
        up(false);
      });
      // "close" comes after the last of its output.
      child.once("close", (code, signal) => {
        this.gone = true;
        up(false);
        for (const done of this.waiting.values()) done(undefined);
        this.waiting.clear();
        resolve({ code, signal, stderr: this.stderr });
      });
    });
  }

  get alive(): boolean {
    return !this.gone;
  }

  /** Asks the process; undefined: it ended, or was never heard again, before it answered. */
  ask<O extends Question["op"]>(
    question: Extract<Question, { readonly op: O }>,
  ): Promise<Answers[O] | undefined> {
    if (this.gone || !this.child.connected) return Promise.resolve(undefined);
    const id = this.nextId++;
    return new Promise((resolve) => {
      this.waiting.set(id, (answer) => resolve(answer as Answers[O] | undefined));
      const message: ToNode = { id, question };
      this.child.send(message, (error) => {
        if (error === null) return;
        this.waiting.delete(id);
        resolve(undefined);
      });
    });
  }

  signal(name: NodeJS.Signals): void {
    if (!this.gone) this.child.kill(name);
  }
}
