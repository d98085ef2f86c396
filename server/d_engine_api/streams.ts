import { Code, ConnectError } from "@connectrpc/connect";
import type { MembershipSnapshot, Receiver } from "../engine/types";

/** Membership streams that are open at most; a client needs one. */
export const STREAMS_MAX = 128;

/** The open membership streams of one node: bounded in number, and each holds only the newest view for a reader that is slow. */
export class MembershipStreams {
  private readonly open = new Set<Receiver<MembershipSnapshot>>();
  private closed = false;

  get count(): number {
    return this.open.size;
  }

  /** The current view at once, then the newest after each change, until `signal`. Refuses (RESOURCE_EXHAUSTED) beyond the limit. */
  async *follow(
    reader: Receiver<MembershipSnapshot>,
    signal: AbortSignal,
  ): AsyncIterable<MembershipSnapshot> {
    if (this.open.size >= STREAMS_MAX) {
      reader.close();
      throw new ConnectError(
        `${STREAMS_MAX} membership streams are open here; close one.`,
        Code.ResourceExhausted,
      );
    }
    const end = () => reader.close();
    this.open.add(reader);
    signal.addEventListener("abort", end);
    try {
      if (signal.aborted || this.closed) end();
      yield* reader;
    } finally {
      signal.removeEventListener("abort", end);
      this.open.delete(reader);
      reader.close();
    }
    const text = "Membership watch stream closed: server shut down. Reconnect to re-subscribe.";
    if (!signal.aborted) throw new ConnectError(text, Code.Unavailable);
  }

  /** Ends all; what is asked for later ends at once. */
  close(): void {
    this.closed = true;
    for (const reader of this.open) reader.close();
  }
}
