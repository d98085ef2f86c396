import WebSocket from "ws";
import { DISCONNECTED_AFTER_MS, type ServerFrame, serverFrameSchema } from "../../protocol/frames";
import { type ChannelTls, tlsOptions } from "../rpc/tls";

/** Frames larger than this (bytes) end the connection. */
const frameBytesMax = 32 * 1024 * 1024;
/** A console that has not taken the connection within this long (ms) is not there. */
const handshakeMsMax = 5000;

/** Which stream to read, as whom, and until when. */
export interface StreamAsked {
  /** URL of the console. */
  readonly console: string;
  readonly cluster: string;
  readonly headers: Readonly<Record<string, string>>;
  /** For https; absent: the system's certificates are trusted. */
  readonly tls?: ChannelTls | undefined;
  /** Ends the connection. */
  readonly signal: AbortSignal;
}

/**
 * Reads the live stream of one console until the connection ends, or nothing came for 10 s: a console speaks every 2 s. Answers why
 * it ended, in words. Never rejects; frames that do not fit their schema are left out.
 */
export function readStream(
  { console, cluster, headers, tls, signal }: StreamAsked,
  take: (frame: ServerFrame) => void,
): Promise<string> {
  return new Promise<string>((resolve) => {
    let reason = "the connection ended";
    const url = `${console.replace(/^http/, "ws")}/ws?cluster=${encodeURIComponent(cluster)}`;
    const socket = new WebSocket(url, {
      ...tlsOptions(tls),
      headers: { ...headers },
      maxPayload: frameBytesMax,
      handshakeTimeout: handshakeMsMax,
      perMessageDeflate: false,
    });
    const silence = setTimeout(() => {
      reason = "nothing was received for 10 s";
      socket.terminate();
    }, DISCONNECTED_AFTER_MS);
    const abort = () => socket.terminate();
    signal.addEventListener("abort", abort);
    socket.on("message", (data) => {
      silence.refresh();
      const frame = parseFrame(String(data));
      if (frame !== undefined) take(frame);
    });
    socket.on("error", (error) => {
      reason = error.message;
    });
    socket.on("close", (_code, said) => {
      if (said.length > 0) reason = said.toString("utf8");
      clearTimeout(silence);
      signal.removeEventListener("abort", abort);
      resolve(reason);
    });
    if (signal.aborted) abort();
  }).catch(String);
}

function parseFrame(text: string): ServerFrame | undefined {
  try {
    return serverFrameSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
