import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { MemberId } from "../../../protocol/membership";
import { RecordBook } from "../attached/record_book";
import { ManualTimers } from "../testing/manual_timers";
import type { Call } from "./fault";
import { toSelf } from "./member";
import { Settling } from "./settling";
import { faultOfKind, memberOf, statusAnswer } from "./testing/answers";

let directory: string;
let book: RecordBook;
let timers: ManualTimers;
/** Every entry put through the log, by the member that was asked to. */
let barriers: MemberId[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rollcall-settling-"));
  book = RecordBook.open(directory, { cluster: "prod" });
  timers = new ManualTimers();
  barriers = [];
});
afterEach(() => {
  book.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Breaks a removal of n3 off: sent to a member, or to nobody; and opens the book again. */
function killedInTheMiddle(sentTo?: MemberId): void {
  const intent = { kind: "remove", id: "3", name: "n3" } as const;
  const asked = { requestId: "request-1", asked: intent, intent, actor: "ann", term: 2, index: 5 };
  void book.carryOut(asked, () => new Promise(() => {}));
  if (sentTo !== undefined) book.sending("request-1", sentTo);
  book.close();
  book = RecordBook.open(directory, { cluster: "prod" });
}

/** Three members, n1 leads; those that are silent do not answer, as a machine without power does not. */
function settlingWith(silent: ReadonlySet<MemberId>): Settling {
  const members = [memberOf(1), memberOf(2), memberOf(3)];
  const by = statusAnswer({});
  if (!by.ok) throw new Error("never");
  const look = { clusterId: "7", members, index: 10, exact: true, by: toSelf(by.value) };
  const observer = {
    known: { clusterId: "7", members, linearizable: true, at: 0 },
    read: async () => ({ ok: true, value: look }) as const,
    endpointOf: (id: MemberId) => ({
      logBarrier: async (): Promise<Call<unknown>> => {
        barriers.push(id);
        if (silent.has(id)) return { ok: false, fault: faultOfKind("timeout", "no answer in time", true) };
        return { ok: true, value: undefined };
      },
    }),
  };
  return new Settling({ observer, book, timers, newestIndex: () => 5, leader: () => "1" });
}

async function settled(settling: Settling) {
  const answer = settling.settle("request-1");
  await Promise.resolve();
  timers.advance(2000);
  return answer;
}

describe("a request that a crash of the console broke off", () => {
  it("did nothing where it was not sent yet: nobody is asked", async () => {
    killedInTheMiddle();
    const nobody = settlingWith(new Set(["1", "2", "3"]));
    expect(await nobody.outcome("request-1")).toEqual({ state: "not-applied" });
    expect(await settled(settlingWith(new Set(["1", "2", "3"])))).toEqual({ state: "not-applied" });
    expect(barriers).toEqual([]);
  });

  it("waits for whom it was sent to, and not for a member whose machine is gone", async () => {
    killedInTheMiddle("1");
    expect(await settled(settlingWith(new Set(["3"])))).toEqual({ state: "not-applied" });
    expect(barriers).toEqual(["1"]);
  });

  it("is in nobody's hands any more once the member it was sent to was removed", async () => {
    killedInTheMiddle("4");
    expect(await settled(settlingWith(new Set(["4"])))).toEqual({ state: "not-applied" });
    expect(barriers).toEqual(["1"]);
  });

  it("stays in doubt while the member it was sent to is silent, without an entry in the log each time it is asked about", async () => {
    killedInTheMiddle("2");
    const silent = new Set(["2"]);
    const settling = settlingWith(silent);
    for (let turn = 0; turn < 3; turn += 1) {
      expect(await settled(settling)).toMatchObject({
        code: "no-leader",
        detail: expect.stringMatching(/n2 was asked and does not answer now.* Start it, or remove it/),
      });
    }
    expect(barriers.filter((id) => id === "1")).toHaveLength(1);
    silent.clear();
    expect(await settled(settling)).toEqual({ state: "not-applied" });
    expect(barriers.filter((id) => id === "1")).toHaveLength(1);
  });
});
