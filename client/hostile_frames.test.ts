import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ServerFrame, serverFrameSchema } from "../protocol/frames";
import { voters } from "../protocol/testing/status_fixture";
import { createConnection } from "./connection";
import { readHeld } from "./held_view";
import { FakeSockets } from "./testing/fake_sockets";
import { hello, membership, status } from "./testing/frames_fixture";
import { VirtualClock } from "./testing/virtual_clock";

/** Whatever a server, a proxy or an extension puts on the stream: the page takes what its schema accepts, and nothing else. */

const good = [hello, membership(5, ["1", "2"], ["3"]), status(voters(3)), { type: "heartbeat" }];

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A good frame with one value somewhere inside replaced, left out or added. */
function mutated(frame: unknown, choices: readonly number[], value: unknown): unknown {
  const copy: unknown = JSON.parse(JSON.stringify(frame));
  let at = copy as { [key: string]: unknown };
  for (const choice of choices) {
    const keys = Object.keys(at);
    const key = keys[choice % Math.max(1, keys.length)];
    if (key === undefined) break;
    const inner = at[key];
    if (typeof inner === "object" && inner !== null && choice % 3 !== 0) {
      at = inner as { [key: string]: unknown };
      continue;
    }
    if (choice % 5 === 0) delete at[key];
    else at[key] = value;
    break;
  }
  return copy;
}

const text = fc.oneof(
  fc.string(),
  fc.json(),
  fc
    .tuple(
      fc.constantFrom(...good),
      fc.array(fc.nat({ max: 60 }), { minLength: 1, maxLength: 6 }),
      fc.jsonValue(),
    )
    .map(([frame, choices, value]) => JSON.stringify(mutated(frame, choices, value as Json))),
  fc.tuple(fc.constantFrom(...good), fc.nat()).map(([frame, at]) => {
    const whole = JSON.stringify(frame);
    return whole.slice(0, at % whole.length);
  }),
);

describe("the stream", () => {
  it("may say anything: every frame handed on fits its schema, and membership only rises within an epoch", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            text,
            fc.uint8Array().map((bytes) => bytes.buffer),
          ),
          { maxLength: 20 },
        ),
        (said) => {
          const clock = new VirtualClock();
          const sockets = new FakeSockets();
          const taken: ServerFrame[] = [];
          let last: { epoch: string; index: number } | undefined;
          const listener = {
            frame: (frame: ServerFrame) => {
              taken.push(frame);
              if (frame.type !== "membership") return;
              if (last?.epoch === frame.epoch)
                expect(frame.snapshot.committedIndex).toBeGreaterThan(last.index);
              last = { epoch: frame.epoch, index: frame.snapshot.committedIndex };
            },
            badFrame: () => undefined,
            incompatible: () => undefined,
            state: () => undefined,
          };
          const ports = { ...clock.ports, random: () => 0.5, open: sockets.open };
          const connection = createConnection(() => "ws://127.0.0.1/ws", listener, ports);
          connection.start();
          for (const one of said) sockets.last.handlers.message(one);
          for (const frame of taken) expect(serverFrameSchema.safeParse(frame).success).toBe(true);
          connection.stop();
        },
      ),
      { numRuns: 1500, seed: 20261123 },
    );
  });

  it("lets a good frame through after any garbage, except another version's hello", () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 10 }), (said) => {
        const sockets = new FakeSockets();
        const clock = new VirtualClock();
        const seen: string[] = [];
        let incompatible = false;
        const connection = createConnection(
          () => "ws://127.0.0.1/ws",
          {
            frame: (frame) => seen.push(frame.type),
            badFrame: () => undefined,
            incompatible: () => {
              incompatible = true;
            },
            state: () => undefined,
          },
          { ...clock.ports, random: () => 0.5, open: sockets.open },
        );
        connection.start();
        for (const one of said) sockets.last.handlers.message(one);
        sockets.last.handlers.message(JSON.stringify({ type: "heartbeat" }));
        if (!incompatible) expect(seen.at(-1)).toBe("heartbeat");
      }),
      { numRuns: 500, seed: 20261123 },
    );
  });
});

describe("what the browser's storage holds", () => {
  it("is a view or nothing", () => {
    fc.assert(
      fc.property(text, (kept) => {
        const view = readHeld({ getItem: () => kept, setItem: () => undefined }, "local");
        if (view !== undefined)
          expect(view.snapshot.members.every((id) => typeof id === "string")).toBe(true);
      }),
      { numRuns: 1000, seed: 20261123 },
    );
  });
});
