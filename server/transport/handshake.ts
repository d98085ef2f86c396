/**
 * The handshake of two nodes, without sockets: frames in, frames out. Both prove that they know the cluster's secret,
 * which never travels; each says who it is; each gives the other a verdict.
 *
 *     dialer                                   listener
 *     hello      magic, version, nonce    ->
 *                                         <-   challenge  version, nonce
 *     proof      recipient, identity, MAC ->
 *                                         <-   verdict    verdict, identity, MAC
 *     verdict    verdict, identity, MAC   ->
 *
 * The MACs are HMAC-SHA256. The proof's is keyed with the secret, over both nonces, the recipient's id and the dialer's
 * identity; the verdicts' with a key derived from secret, nonces and proof, over their direction, verdict and identity.
 * So a stranger can neither read who listens here (the listener says nothing of itself before it has seen a proof), nor
 * tell a node that it was removed, nor turn a proof against another node or replay one. A bad proof gets no answer.
 * The bytes after the handshake are neither encrypted nor authenticated: that is for TLS to do.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { NodeId } from "../raft/types";
import type { Closure } from "./closure";
import { malformed } from "./closure";
import { FrameKind, type OutFrame, outFrame } from "./frame";
import {
  decodeIdentity,
  decodeVerdict,
  describeVerdict,
  encodeIdentity,
  encodeVerdict,
  type SignedVerdict,
} from "./identity";
import type { PeerIdentity, PeerVerdict } from "./types";

const PROTOCOL_VERSION = 1;
export const NONCE_BYTES = 32;
/** A shared secret shorter than this is refused. */
export const SECRET_BYTES_MIN = 16;
const MAC_BYTES = 32;
const MAGIC = Buffer.from("RCPR");
const HELLO_BYTES = MAGIC.length + 2 + NONCE_BYTES;
const CHALLENGE_BYTES = 2 + NONCE_BYTES;
const ACCEPT: PeerVerdict = { kind: "accept" };

type Role = "dialer" | "listener";
type Refusal = Exclude<PeerVerdict, { readonly kind: "accept" }>;

/** What a side of the handshake brings along. */
export interface HandshakeParty {
  readonly identity: PeerIdentity;
  readonly secret: Uint8Array;
  /** 32 random bytes, never used before. */
  readonly nonce: Uint8Array;
  readonly judge: (peer: PeerIdentity) => PeerVerdict;
}

/** What to do after a frame. `send` goes out first in every case; all but `wait` and `open` end the connection. */
export type HandshakeStep =
  | { readonly kind: "wait"; readonly send: readonly OutFrame[] }
  | {
      readonly kind: "open";
      readonly send: readonly OutFrame[];
      readonly peer: PeerIdentity;
      readonly session: Session;
    }
  /** This side refused the peer, and tells it. */
  | { readonly kind: "refusing"; readonly send: readonly OutFrame[]; readonly closure: Closure }
  /** The peer refused this side. */
  | {
      readonly kind: "refused";
      readonly send: readonly OutFrame[];
      readonly by: NodeId;
      readonly verdict: Refusal;
      readonly closure: Closure;
    }
  | { readonly kind: "broken"; readonly send: readonly OutFrame[]; readonly closure: Closure };

/** What remains of a handshake: the means to give, and to check, a verdict on this very connection. */
export class Session {
  readonly #key: Uint8Array;
  readonly #role: Role;
  readonly #identity: PeerIdentity;

  constructor(key: Uint8Array, role: Role, identity: PeerIdentity) {
    this.#key = key;
    this.#role = role;
    this.#identity = identity;
  }

  /** A verdict frame that only the peer of this connection takes for genuine. */
  signVerdict(verdict: PeerVerdict): OutFrame {
    const body = encodeVerdict({ identity: this.#identity, verdict });
    return outFrame(FrameKind.verdict, body, mac(this.#key, this.#role, body));
  }

  /** The peer's verdict; undefined if it is not the peer's. */
  checkVerdict(payload: Buffer): SignedVerdict | undefined {
    const split = payload.length - MAC_BYTES;
    if (split < 0) return undefined;
    const body = payload.subarray(0, split);
    const other = this.#role === "dialer" ? "listener" : "dialer";
    if (!timingSafeEqual(mac(this.#key, other, body), payload.subarray(split))) return undefined;
    return decodeVerdict(body);
  }
}

/** The side that connected. It knows whom it wants to reach. */
export class DialerHandshake {
  readonly #party: HandshakeParty;
  readonly #recipient: NodeId;
  readonly #hello: Buffer;
  #session: Session | undefined;

  constructor(party: HandshakeParty, recipient: NodeId) {
    this.#party = party;
    this.#recipient = recipient;
    this.#hello = Buffer.concat([MAGIC, uint16(PROTOCOL_VERSION), party.nonce]);
  }

  /** The first frame. */
  start(): OutFrame {
    return outFrame(FrameKind.hello, this.#hello);
  }

  receive(kind: FrameKind, payload: Buffer): HandshakeStep {
    if (kind === FrameKind.challenge && this.#session === undefined) return this.#onChallenge(payload);
    if (kind === FrameKind.verdict && this.#session !== undefined)
      return this.#onVerdict(payload, this.#session);
    return outOfOrder(kind);
  }

  #onChallenge(challenge: Buffer): HandshakeStep {
    if (challenge.length !== CHALLENGE_BYTES) return broken(malformed("a challenge of the wrong length"));
    const version = challenge.readUInt16BE(0);
    if (version !== PROTOCOL_VERSION) return otherVersion(version);
    const { identity, secret } = this.#party;
    const said = encodeIdentity(identity);
    const body = Buffer.concat([uint32(this.#recipient), uint16(said.length), said]);
    const nonces = Buffer.concat([this.#hello, challenge]);
    const proof = Buffer.concat([body, mac(secret, "proof", nonces, body)]);
    this.#session = new Session(mac(secret, "session", nonces, proof), "dialer", identity);
    return { kind: "wait", send: [outFrame(FrameKind.proof, proof)] };
  }

  #onVerdict(payload: Buffer, session: Session): HandshakeStep {
    const signed = session.checkVerdict(payload);
    if (signed === undefined) return broken(malformed("a verdict that is not the peer's"));
    const { identity: peer, verdict } = signed;
    const unexpected = this.#unexpected(peer);
    // Only the node that was dialed, in the same cluster, may say that this node was removed.
    if (verdict.kind === "removed" && unexpected !== undefined)
      return refusing(session, { kind: "refuse", reason: unexpected });
    if (verdict.kind !== "accept") return refused(this.#recipient, verdict);
    const own = unexpected === undefined ? this.#party.judge(peer) : refusal(unexpected);
    if (own.kind !== "accept") return refusing(session, own);
    return { kind: "open", send: [session.signVerdict(ACCEPT)], peer, session };
  }

  #unexpected(peer: PeerIdentity): string | undefined {
    const { clusterId } = this.#party.identity;
    if (peer.clusterId !== clusterId) return `another cluster: ${peer.clusterId}, not ${clusterId}`;
    if (peer.nodeId !== this.#recipient)
      return `another node: ${peer.nodeId} answers where ${this.#recipient} was expected`;
    return undefined;
  }
}

/** The side that was connected to. It says nothing of itself until the proof was found good. */
export class ListenerHandshake {
  readonly #party: HandshakeParty;
  #nonces: Buffer | undefined;
  #judged: { readonly peer: PeerIdentity; readonly session: Session } | undefined;

  constructor(party: HandshakeParty) {
    this.#party = party;
  }

  receive(kind: FrameKind, payload: Buffer): HandshakeStep {
    if (kind === FrameKind.hello && this.#nonces === undefined) return this.#onHello(payload);
    if (kind === FrameKind.proof && this.#nonces !== undefined && this.#judged === undefined)
      return this.#onProof(payload, this.#nonces);
    if (kind === FrameKind.verdict && this.#judged !== undefined) {
      const { peer, session } = this.#judged;
      return this.#onVerdict(payload, peer, session);
    }
    return outOfOrder(kind);
  }

  #onHello(hello: Buffer): HandshakeStep {
    if (hello.length !== HELLO_BYTES || !hello.subarray(0, MAGIC.length).equals(MAGIC))
      return broken(malformed("a hello that is none"));
    const version = hello.readUInt16BE(MAGIC.length);
    const challenge = Buffer.concat([uint16(PROTOCOL_VERSION), this.#party.nonce]);
    const send = [outFrame(FrameKind.challenge, challenge)];
    if (version !== PROTOCOL_VERSION) return otherVersion(version, send);
    this.#nonces = Buffer.concat([hello, challenge]);
    return { kind: "wait", send };
  }

  #onProof(proof: Buffer, nonces: Buffer): HandshakeStep {
    const { identity, secret } = this.#party;
    const split = proof.length - MAC_BYTES;
    if (split < 6 || 6 + proof.readUInt16BE(4) !== split)
      return broken(malformed("a proof of the wrong length"));
    const body = proof.subarray(0, split);
    if (!timingSafeEqual(mac(secret, "proof", nonces, body), proof.subarray(split)))
      return broken({ code: "bad-proof", detail: "no proof of this cluster's secret" });
    const peer = decodeIdentity(body.subarray(6));
    if (peer === undefined) return broken(malformed("an identity that is none"));
    const session = new Session(mac(secret, "session", nonces, proof), "listener", identity);
    const verdict = this.#verdictOn(peer, body.readUInt32BE(0));
    if (verdict.kind !== "accept") return refusing(session, verdict);
    this.#judged = { peer, session };
    return { kind: "wait", send: [session.signVerdict(verdict)] };
  }

  #verdictOn(peer: PeerIdentity, recipient: NodeId): PeerVerdict {
    const { clusterId, nodeId } = this.#party.identity;
    if (peer.clusterId !== clusterId) return refusal(`another cluster: ${clusterId}, not ${peer.clusterId}`);
    if (recipient !== nodeId) return refusal(`another recipient: this is node ${nodeId}, not ${recipient}`);
    if (peer.nodeId === nodeId) return refusal(`node ${nodeId} is this node's own id`);
    return this.#party.judge(peer);
  }

  #onVerdict(payload: Buffer, peer: PeerIdentity, session: Session): HandshakeStep {
    const signed = session.checkVerdict(payload);
    if (signed === undefined) return broken(malformed("a verdict that is not the peer's"));
    if (signed.verdict.kind !== "accept") return refused(peer.nodeId, signed.verdict);
    return { kind: "open", send: [], peer, session };
  }
}

function mac(key: Uint8Array, label: string, ...parts: readonly Uint8Array[]): Buffer {
  const hmac = createHmac("sha256", key).update(`rollcall peer ${PROTOCOL_VERSION} ${label}\0`);
  for (const part of parts) hmac.update(uint32(part.length)).update(part);
  return hmac.digest();
}

function refusal(reason: string): Refusal {
  return { kind: "refuse", reason };
}

function refusing(session: Session, verdict: Refusal): HandshakeStep {
  const closure: Closure = { code: "refused-peer", detail: `refused: ${describeVerdict(verdict)}` };
  return { kind: "refusing", send: [session.signVerdict(verdict)], closure };
}

function refused(by: NodeId, verdict: Refusal): HandshakeStep {
  const closure: Closure = { code: "refused-by-peer", detail: `refused by it: ${describeVerdict(verdict)}` };
  return { kind: "refused", send: [], by, verdict, closure };
}

function broken(closure: Closure, send: readonly OutFrame[] = []): HandshakeStep {
  return { kind: "broken", send, closure };
}

function otherVersion(version: number, send: readonly OutFrame[] = []): HandshakeStep {
  const detail = `speaks version ${version} of the peer protocol, this node ${PROTOCOL_VERSION}`;
  return broken({ code: "other-version", detail }, send);
}

function outOfOrder(kind: FrameKind): HandshakeStep {
  return broken({ code: "out-of-order", detail: `a frame of kind ${kind} has no place here` });
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
