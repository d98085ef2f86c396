import { type ServerFrame, STALE_AFTER_MS, type StatusFrame } from "../../../protocol/frames";
import { type Attached, isTrouble, Session, type Trouble, troubleText } from "../../consoles/session";
import { readStream } from "../../consoles/stream";
import type { Timers } from "../timers";
import { RECONNECT_BASE_MS, RECONNECT_CAP_MS, type RelayedOptions, UNINFORMED_AFTER_MS } from "./options";

/** What the owner of a link is told. */
export interface LinkListener {
  /** A node's console was found; its stream follows. */
  attached(found: Attached): void;
  frame(frame: ServerFrame): void;
  /** `fault` is another one, or none. */
  changed(): void;
}

/** The stream of one node's console at a time: another one's where it ends, or where that one hears nothing itself. */
export class ConsoleLink {
  /** Requests go to the console of the stream first. */
  readonly session: Session;
  /** Its name for the cluster; undefined until one answered. */
  cluster: string | undefined;
  /** Why nothing is heard, as a clause; undefined while a stream is open, and before the first attempt ended. */
  fault: string | undefined;
  private readonly options: RelayedOptions;
  private readonly timers: Timers;
  private readonly listener: LinkListener;
  private closed = false;
  /** Ends the stream that is read, or the wait for the next attempt. */
  private interrupt: () => void = () => {};

  constructor(options: RelayedOptions, timers: Timers, listener: LinkListener) {
    this.options = options;
    this.timers = timers;
    this.listener = listener;
    const endpoints = options.endpoints.map((url) => url.replace(/\/+$/, ""));
    this.session = new Session(endpoints, undefined, options.token, options.tls);
    void this.run();
  }

  close(): void {
    this.closed = true;
    this.interrupt();
  }

  private async run(): Promise<void> {
    const random = this.options.random ?? Math.random;
    for (let attempt = 0; !this.closed; attempt += 1) {
      if (await this.follow()) attempt = 0;
      const wait = random() * Math.min(RECONNECT_CAP_MS, RECONNECT_BASE_MS * 2 ** attempt);
      await this.pause(wait);
    }
  }

  /** Finds the best informed console and reads its stream to its end. True: something was heard. */
  private async follow(): Promise<boolean> {
    const found = await this.session.attach(isOfNode);
    if (this.closed) return false;
    if (isTrouble(found)) {
      this.note(faultOf(found));
      return false;
    }
    this.cluster = found.cluster;
    this.listener.attached(found);
    const [console = ""] = this.session.consoles;
    const leave = new AbortController();
    this.interrupt = () => leave.abort();
    const uninformed = new Uninformed(this.timers);
    let heard = false;
    const reason = await readStream(
      {
        console,
        cluster: found.cluster,
        headers: this.session.headers,
        tls: this.options.tls,
        signal: leave.signal,
      },
      (frame) => {
        if (!heard) this.note(undefined);
        heard = true;
        this.listener.frame(frame);
        const choice = this.options.endpoints.length > 1;
        if (frame.type === "status" && uninformed.tooLong(frame) && choice) leave.abort();
      },
    );
    if (!leave.signal.aborted) this.note(`${console}: ${reason}`);
    return heard;
  }

  private note(fault: string | undefined): void {
    const news = fault !== this.fault;
    this.fault = fault;
    if (news) this.listener.changed();
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.closed) return resolve();
      const cancel = this.timers.after(ms, resolve);
      this.interrupt = () => {
        cancel();
        resolve();
      };
    });
  }
}

/** Judges whether a console has nothing new to tell: its node hears nobody, or was removed. */
class Uninformed {
  private since: number | undefined;
  private readonly timers: Timers;

  constructor(timers: Timers) {
    this.timers = timers;
  }

  tooLong({ factAgeMs, self }: StatusFrame): boolean {
    const informed = factAgeMs !== null && factAgeMs < STALE_AFTER_MS && self?.standing === "member";
    const now = this.timers.now();
    this.since = informed ? undefined : (this.since ?? now);
    return this.since !== undefined && now - this.since >= UNINFORMED_AFTER_MS;
  }
}

function faultOf(trouble: Trouble): string {
  if (trouble.kind === "usage") return "an endpoint is not the console of one of the cluster's own nodes";
  if (trouble.kind === "problem" && trouble.problem.code === "unauthenticated")
    return "the token is missing there, or is not accepted";
  return troubleText(trouble).replace(/^No console answers: |\.$/g, "");
}

/** A console that is attached to the cluster itself is none of its nodes', and might be this very one. */
function isOfNode({ status, capabilities }: Attached): boolean {
  return status.self !== null && capabilities.fence === "atomic";
}
