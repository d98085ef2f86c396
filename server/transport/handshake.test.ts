import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FrameKind, type OutFrame } from "./frame";
import {
  DialerHandshake,
  type HandshakeParty,
  type HandshakeStep,
  ListenerHandshake,
  NONCE_BYTES,
} from "./handshake";
import { TEST_SECRET, testIdentity } from "./testing/recording_node";
import type { PeerIdentity, PeerVerdict } from "./types";

interface PartyOptions {
  readonly secret?: Uint8Array;
  readonly clusterId?: string;
  readonly nonce?: string;
  readonly judge?: (peer: PeerIdentity) => PeerVerdict;
}

function party(id: number, options: PartyOptions = {}): HandshakeParty {
  const identity = testIdentity(id);
  return {
    identity: { ...identity, clusterId: options.clusterId ?? identity.clusterId },
    secret: options.secret ?? TEST_SECRET,
    nonce: createHash("sha256")
      .update(options.nonce ?? `nonce of ${id}`)
      .digest(),
    judge: options.judge ?? (() => ({ kind: "accept" })),
  };
}

function payloadOf(frame: OutFrame): Buffer {
  return Buffer.concat(frame.parts);
}

interface Outcome {
  readonly dialer: HandshakeStep | undefined;
  readonly listener: HandshakeStep | undefined;
  /** Every payload that travelled, in order. */
  readonly wire: readonly Buffer[];
}

/** Runs a handshake to its end; `tamper` may change each payload on its way. */
function shake(
  dialer: DialerHandshake,
  listener: ListenerHandshake,
  tamper: (payload: Buffer, index: number) => Buffer = (payload) => payload,
): Outcome {
  const wire: Buffer[] = [];
  const last: { dialer: HandshakeStep | undefined; listener: HandshakeStep | undefined } = {
    dialer: undefined,
    listener: undefined,
  };
  let toListener = true;
  let inFlight: readonly OutFrame[] = [dialer.start()];
  while (inFlight.length > 0) {
    const side = toListener ? "listener" : "dialer";
    const answers: OutFrame[] = [];
    for (const frame of inFlight) {
      const payload = tamper(payloadOf(frame), wire.length);
      wire.push(payload);
      const step = (toListener ? listener : dialer).receive(frame.kind, payload);
      last[side] = step;
      answers.push(...step.send);
    }
    inFlight = answers;
    toListener = !toListener;
  }
  return { ...last, wire };
}

function shakeParties(dialer: HandshakeParty, listener: HandshakeParty, recipient = 2): Outcome {
  return shake(new DialerHandshake(dialer, recipient), new ListenerHandshake(listener));
}

const removed: PeerVerdict = { kind: "removed", index: 41, by: "request-1" };

describe("a handshake", () => {
  test("opens for two nodes of one cluster, and each learns who the other is", () => {
    const { dialer, listener } = shakeParties(party(1), party(2));
    expect(dialer).toMatchObject({ kind: "open", peer: testIdentity(2) });
    expect(listener).toMatchObject({ kind: "open", peer: testIdentity(1) });
  });

  test("never lets the secret travel", () => {
    const { wire } = shakeParties(party(1), party(2));
    const stream = Buffer.concat(wire);
    expect(stream.includes(TEST_SECRET)).toBe(false);
    expect(stream.includes(createHash("sha256").update(TEST_SECRET).digest())).toBe(false);
  });

  test("ends without an answer for another secret, and the listener has not said who it is", () => {
    const judged: PeerIdentity[] = [];
    const judge = (peer: PeerIdentity): PeerVerdict => {
      judged.push(peer);
      return { kind: "accept" };
    };
    const stranger = party(1, { secret: Buffer.alloc(32, 1) });
    const { dialer, listener, wire } = shakeParties(stranger, party(2, { judge }));
    expect(listener).toMatchObject({ kind: "broken", send: [], closure: { code: "bad-proof" } });
    expect(dialer?.kind).toBe("wait");
    expect(judged).toEqual([]);
    expect(wire[1]?.length).toBe(2 + NONCE_BYTES);
  });

  test("a listener without the secret cannot make a dialer open, nor believe a removal", () => {
    const listener = new ListenerHandshake(party(2, { secret: Buffer.alloc(32, 1) }));
    const dialer = new DialerHandshake(party(1), 2);
    listener.receive(FrameKind.hello, payloadOf(dialer.start()));
    const challenge = Buffer.alloc(2 + NONCE_BYTES);
    challenge.writeUInt16BE(1, 0);
    dialer.receive(FrameKind.challenge, challenge);
    const body = Buffer.from(JSON.stringify({ identity: testIdentity(2), verdict: removed }));
    const forged = dialer.receive(FrameKind.verdict, Buffer.concat([body, Buffer.alloc(32)]));
    expect(forged).toMatchObject({ kind: "broken", send: [], closure: { code: "malformed" } });
  });

  test("is refused for another cluster, by a verdict", () => {
    const { dialer, listener } = shakeParties(party(1, { clusterId: "other" }), party(2));
    expect(listener?.kind).toBe("refusing");
    expect(dialer).toMatchObject({ kind: "refused", by: 2, verdict: { kind: "refuse" } });
    expect(dialer?.kind === "refused" && dialer.closure.detail).toContain("another cluster");
  });

  test("is refused for another recipient: a proof for node 3 is none for node 2", () => {
    const { dialer, listener } = shakeParties(party(1), party(2), 3);
    expect(listener?.kind).toBe("refusing");
    expect(dialer?.kind === "refused" && dialer.closure.detail).toContain("another recipient");
  });

  test("is refused for a second process with the listener's own id", () => {
    const { dialer } = shakeParties(party(2), party(2, { nonce: "b" }));
    expect(dialer?.kind === "refused" && dialer.closure.detail).toContain("own id");
  });

  /** A listener that checks as node 2 and then signs as somebody else: it holds the secret, and lies. */
  function liar(said: PeerIdentity, judge: PartyOptions["judge"]): HandshakeParty {
    const honest = party(2, judge === undefined ? {} : { judge });
    let reads = 0;
    return {
      ...honest,
      get identity() {
        reads++;
        return reads === 1 ? said : honest.identity;
      },
    };
  }

  test("does not open when another node answers than was dialed, or one of another cluster", () => {
    for (const said of [testIdentity(3), { ...testIdentity(2), clusterId: "other" }]) {
      const { dialer, listener } = shakeParties(party(1), liar(said, undefined));
      expect(dialer?.kind).toBe("refusing");
      expect(listener?.kind).toBe("refused");
    }
  });

  test("believes a removal only from the node it dialed, in its own cluster", () => {
    for (const said of [testIdentity(3), { ...testIdentity(2), clusterId: "other" }]) {
      const { dialer } = shakeParties(
        party(1),
        liar(said, () => removed),
      );
      expect(dialer?.kind).toBe("refusing");
    }
  });

  test("tells a removed node at which index it was removed", () => {
    const { dialer, listener } = shakeParties(party(1), party(2, { judge: () => removed }));
    expect(listener?.kind).toBe("refusing");
    expect(dialer).toMatchObject({ kind: "refused", by: 2, verdict: removed });
  });

  test("lets the dialer refuse the listener, and tells it", () => {
    const { dialer, listener } = shakeParties(party(1, { judge: () => removed }), party(2));
    expect(dialer?.kind).toBe("refusing");
    expect(listener).toMatchObject({ kind: "refused", by: 1, verdict: removed });
  });

  test("hands the peer's whole identity to the judge, and its reason to the peer, cut to length", () => {
    const seen: PeerIdentity[] = [];
    const judge = (peer: PeerIdentity): PeerVerdict => {
      seen.push(peer);
      return { kind: "refuse", reason: "another UUID\n".repeat(100) };
    };
    const { dialer } = shakeParties(party(1), party(2, { judge }));
    expect(seen).toEqual([testIdentity(1)]);
    if (dialer?.kind !== "refused" || dialer.verdict.kind !== "refuse") throw new Error("not refused");
    expect(dialer.verdict.reason).toHaveLength(256);
    expect(dialer.closure.detail).not.toContain("\n");
  });

  test("names both versions when they differ", () => {
    const hello = payloadOf(new DialerHandshake(party(1), 2).start());
    hello.writeUInt16BE(9, 4);
    const listener = new ListenerHandshake(party(2)).receive(FrameKind.hello, hello);
    expect(listener).toMatchObject({ kind: "broken", closure: { code: "other-version" } });
    // The challenge tells an older or newer dialer which version is spoken here.
    expect(listener.send.map((frame) => frame.kind)).toEqual([FrameKind.challenge]);
    const dialer = new DialerHandshake(party(1), 2);
    const step = dialer.receive(FrameKind.challenge, Buffer.concat([Buffer.from([0, 2]), Buffer.alloc(32)]));
    expect(step.kind === "broken" && step.closure.detail).toContain("version 2");
  });
});

describe("tampering", () => {
  test("any changed byte keeps at least one side from opening", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4 }),
        fc.nat(1_000),
        fc.integer({ min: 1, max: 255 }),
        (frame, position, mask) => {
          let changed = false;
          const { dialer, listener } = shake(
            new DialerHandshake(party(1), 2),
            new ListenerHandshake(party(2)),
            (payload, index) => {
              if (index !== frame || payload.length === 0) return payload;
              const copy = Buffer.from(payload);
              const at = position % copy.length;
              copy.writeUInt8(copy.readUInt8(at) ^ mask, at);
              changed = true;
              return copy;
            },
          );
          expect(changed).toBe(true);
          expect(dialer?.kind === "open" && listener?.kind === "open").toBe(false);
          if (frame < 4) expect(dialer?.kind).not.toBe("open");
          expect(listener?.kind).not.toBe("open");
        },
      ),
      { numRuns: 400 },
    );
  });

  test("what was recorded from an earlier handshake opens nothing", () => {
    const first = shakeParties(party(1), party(2));
    const listener = new ListenerHandshake(party(2, { nonce: "fresh" }));
    listener.receive(FrameKind.hello, first.wire[0] ?? Buffer.alloc(0));
    expect(listener.receive(FrameKind.proof, first.wire[2] ?? Buffer.alloc(0))).toMatchObject({
      kind: "broken",
      closure: { code: "bad-proof" },
    });
    const dialer = new DialerHandshake(party(1, { nonce: "fresh" }), 2);
    dialer.receive(FrameKind.challenge, first.wire[1] ?? Buffer.alloc(0));
    expect(dialer.receive(FrameKind.verdict, first.wire[3] ?? Buffer.alloc(0)).kind).toBe("broken");
  });

  test("a verdict cannot be turned back on the one who gave it", () => {
    const { listener } = shakeParties(party(1), party(2));
    if (listener?.kind !== "open") throw new Error("not open");
    const own = payloadOf(listener.session.signVerdict(removed));
    expect(listener.session.checkVerdict(own)).toBeUndefined();
  });

  test("frames out of their order, and random bytes, break it and never throw", () => {
    const handshakeKinds = [FrameKind.hello, FrameKind.challenge, FrameKind.proof, FrameKind.verdict];
    const steps = fc.array(fc.tuple(fc.constantFrom(...handshakeKinds), fc.uint8Array({ maxLength: 200 })), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(steps, fc.boolean(), (frames, afterHello) => {
        const dialer = new DialerHandshake(party(1), 2);
        const listener = new ListenerHandshake(party(2));
        const challenge = listener.receive(FrameKind.hello, payloadOf(dialer.start()));
        if (afterHello) for (const frame of challenge.send) dialer.receive(frame.kind, payloadOf(frame));
        for (const [kind, bytes] of frames) {
          expect(dialer.receive(kind, Buffer.from(bytes)).kind).toBe(
            kind === FrameKind.challenge && isChallenge(bytes) ? "wait" : "broken",
          );
          expect(listener.receive(kind, Buffer.from(bytes)).kind).toBe("broken");
        }
      }),
    );
  });
});

function isChallenge(bytes: Uint8Array): boolean {
  return bytes.length === 2 + NONCE_BYTES && bytes[0] === 0 && bytes[1] === 1;
}
