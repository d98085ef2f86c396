import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeContext,
  decodePayload,
  encodeApplication,
  encodeBody,
  encodeCommand,
  encodeContext,
  parseBody,
  proposalKey,
  type RegistryCommand,
} from "./payload";
import { leaderAnswerSchema, leaderRequestSchema } from "./requests";
import { joinSnapshotData, splitSnapshotData } from "./snapshot_data";

const anything = fc.uint8Array({ maxLength: 300 });

describe("entry payloads", () => {
  it("come back as they were", () => {
    fc.assert(
      fc.property(anything, fc.nat(), (data, counter) => {
        const key = proposalKey(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), counter);
        const read = decodePayload(encodeApplication(key, data));
        expect(read).toMatchObject({ kind: "application", key });
        if (read.kind === "application") expect([...read.data]).toEqual([...data]);
      }),
    );
    const command: RegistryCommand = { kind: "bind", id: 4, uuid: "u4" };
    expect(decodePayload(encodeCommand("key", command))).toEqual({ kind: "command", key: "key", command });
    const context = {
      requestId: "r",
      expectedIndex: null,
      actor: "ann",
      time: 1,
      changes: [{ kind: "remove" as const, id: 2 }],
    };
    expect(decodeContext(encodeContext(context))).toEqual(context);
  });

  it("that are garbage are told apart, never thrown", () => {
    fc.assert(
      fc.property(anything, (bytes) => {
        expect(["empty", "application", "command", "malformed"]).toContain(decodePayload(bytes).kind);
        decodeContext(bytes);
        parseBody(leaderRequestSchema, bytes);
        parseBody(leaderAnswerSchema, bytes);
        const parts = splitSnapshotData(bytes);
        if (parts !== undefined)
          expect(joinSnapshotData(parts.registry, parts.application)).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    { kind: "change", requestId: "", expectedIndex: null, actor: "a", changes: [] },
    {
      kind: "change",
      requestId: "r",
      expectedIndex: -1,
      actor: "a",
      changes: [{ kind: "remove", id: 1 }],
    },
    {
      kind: "change",
      requestId: "r",
      expectedIndex: null,
      actor: "a",
      changes: [{ kind: "remove", id: 0 }],
    },
    {
      kind: "change",
      requestId: "r",
      expectedIndex: null,
      actor: "a",
      changes: [{ kind: "remove", id: 2 ** 32 }],
    },
    { kind: "command", key: "k", command: { kind: "format-disk" } },
    { kind: "proposal", key: "k", data: "not base64!" },
  ])("of another node that do not fit are not taken: %j", (body) => {
    expect(parseBody(leaderRequestSchema, encodeBody(body))).toBeUndefined();
  });
});
