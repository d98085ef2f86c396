import { connect } from "node:net";
import { type BadAddress, isBadAddress, parseAddress } from "./address";
import { systemClock } from "./clock";
import type { Closure } from "./closure";
import { CLOSE_GRACE_MS_MAX, DEFAULT_LIMITS } from "./context";
import { Tally } from "./counters";
import { FIRST_FRAME_BYTES_MAX, FrameKind, outFrame } from "./frame";
import { FramedSocket, type SocketOwner } from "./framed_socket";

/**
 * Why a join brought no answer. `unreachable` and `busy`: certainly not considered there; `unanswered`: it may have been.
 */
export type JoinFault =
  | BadAddress
  | { readonly kind: "too-large" | "unreachable" | "busy" | "unanswered"; readonly detail: string };

/**
 * Sends a join's body (at most 4 KiB, opaque here) to the node that listens at `address` and resolves with its answer, at
 * most 1 MiB, or with a fault; never rejects. One connection for one exchange.
 */
export function requestJoin(
  address: string,
  body: Uint8Array,
  timeoutMs: number,
): Promise<Uint8Array | JoinFault> {
  const parsed = parseAddress(address);
  if (isBadAddress(parsed)) return Promise.resolve(parsed);
  if (body.length > FIRST_FRAME_BYTES_MAX)
    return Promise.resolve({
      kind: "too-large",
      detail: `a join has at most ${FIRST_FRAME_BYTES_MAX} bytes`,
    });
  return new Promise((resolve) => {
    const frame = outFrame(FrameKind.join, body);
    const owner: SocketOwner = {
      allows: (kind) => kind === FrameKind.joinReply || kind === FrameKind.joinBusy,
      onFrame: (kind, payload) => {
        if (kind === FrameKind.joinReply) resolve(new Uint8Array(payload));
        else resolve({ kind: "busy", detail: "the node has too many joins under way; try again" });
        socket.finish({ code: "join-answered", detail: "answered" }, CLOSE_GRACE_MS_MAX);
        return undefined;
      },
      onHeard: () => undefined,
      onClosed: (closure: Closure) => {
        cancelTimer();
        const kind = frame.fate === "written" ? "unanswered" : "unreachable";
        resolve({ kind, detail: closure.detail });
      },
    };
    const raw = connect({ host: parsed.host, port: parsed.port });
    const socket = new FramedSocket(raw, owner, DEFAULT_LIMITS, new Tally(), systemClock);
    const cancelTimer = systemClock.after(timeoutMs, () =>
      socket.close({ code: "join-timeout", detail: `no answer in ${timeoutMs} ms` }),
    );
    socket.send(frame);
  });
}
