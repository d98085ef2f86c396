import { describe, expect, it } from "vitest";
import { ManualTimers } from "../testing/manual_timers";
import type { EtcdEndpoint } from "./endpoint";
import type { Call } from "./fault";
import type { EtcdMember } from "./member";
import type { MembershipLook } from "./membership_read";
import { Observer } from "./observer";
import { defaultPollPace } from "./options";
import { faultOfKind, listAnswer, memberOf, statusAnswer } from "./testing/answers";

const silent: Call<never> = { ok: false, fault: faultOfKind("timeout") };

/** Endpoints of a cluster whose answers a test decides. */
class Scripted {
  readonly timers = new ManualTimers();
  readonly looks: MembershipLook[] = [];
  readonly calls = new Map<string, number>();
  readonly open = new Set<string>();
  members: readonly EtcdMember[];
  /** Endpoints that never answer, by URL; each call stays open. */
  readonly hanging = new Set<string>();
  /** How long an answer is under way, ms; it says what was so when it was asked for. */
  delayMs = 0;
  applied = 10n;
  readonly observer: Observer;

  constructor(
    members: readonly EtcdMember[],
    endpoints: readonly string[],
    mayAsk: (url: string) => boolean = () => true,
  ) {
    this.members = members;
    this.observer = new Observer({
      endpoints,
      open: (url) => this.endpoint(url),
      mayAsk,
      pace: defaultPollPace,
      timers: this.timers,
      looked: (look) => this.looks.push(look),
      changed: () => {},
    });
    this.observer.start();
  }

  /** Lets time pass, and everything that is due happen. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 50) {
      this.timers.advance(Math.min(50, left));
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    }
  }

  private endpoint(url: string): EtcdEndpoint {
    this.open.add(url);
    const id = BigInt(this.members.find(({ clientUrls }) => clientUrls.includes(url))?.id ?? 0);
    const answer = <T>(value: () => Call<T>): Promise<Call<T>> => {
      this.calls.set(url, (this.calls.get(url) ?? 0) + 1);
      const said = value();
      if (!this.hanging.has(url) && this.delayMs === 0) return Promise.resolve(said);
      if (!this.hanging.has(url)) {
        return new Promise((resolve) => this.timers.after(this.delayMs, () => resolve(said)));
      }
      return new Promise((resolve) =>
        this.timers.after(defaultPollPace.callTimeoutMs, () => resolve(silent)),
      );
    };
    const partial: Pick<
      EtcdEndpoint,
      "url" | "status" | "members" | "localMembers" | "readBarrier" | "close"
    > = {
      url,
      status: () => answer(() => statusAnswer({ id, applied: this.applied })),
      members: () => answer(() => listAnswer(...this.members)),
      localMembers: () => answer(() => listAnswer(...this.members)),
      readBarrier: () => answer(() => ({ ok: true as const, value: undefined })),
      close: () => void this.open.delete(url),
    };
    // The observer calls nothing else of an endpoint.
    return partial as EtcdEndpoint;
  }
}

const url = (number: number) => `http://10.0.0.${number}:2379`;

describe("observing a cluster", () => {
  it("finds the other endpoints in the member list, and lets go of those that left", async () => {
    const one = new Scripted([memberOf(1), memberOf(2), memberOf(3)], [url(1)]);
    await one.pass(1000);
    expect([...one.open].sort()).toEqual([url(1), url(2), url(3)]);
    one.members = [memberOf(1), memberOf(2)];
    await one.pass(3000);
    expect([...one.open].sort()).toEqual([url(1), url(2)]);
    one.observer.close();
    expect(one.open.size).toBe(0);
    expect(one.timers.pending).toBe(0);
  });

  it("asks no endpoint that it may not, unless it was told that one itself", async () => {
    const told = url(1);
    const one = new Scripted([memberOf(1), memberOf(2)], [told], () => false);
    await one.pass(1000);
    expect([...one.open]).toEqual([told]);
    expect(one.observer.unasked).toEqual([memberOf(2)]);
    one.observer.close();
  });

  it("polls fast at first and slowly once nothing changes", async () => {
    const one = new Scripted([memberOf(1)], [url(1)]);
    await one.pass(20_000);
    one.calls.clear();
    await one.pass(10_000);
    const calm = one.calls.get(url(1)) ?? 0;
    one.observer.pace.moved();
    one.calls.clear();
    await one.pass(9000);
    const moved = one.calls.get(url(1)) ?? 0;
    expect(moved).toBeGreaterThan(calm * 4);
    one.observer.close();
  });

  it("does not let an endpoint that hangs hold up the others, nor the reading of members", async () => {
    const one = new Scripted([memberOf(1), memberOf(2), memberOf(3)], [url(1), url(2), url(3)]);
    await one.pass(1000);
    one.hanging.add(url(1));
    await one.pass(6000);
    const before = one.looks.length;
    await one.pass(3000);
    expect(one.looks.length - before).toBeGreaterThan(3);
    const now = one.timers.now();
    for (const id of ["2", "3"]) {
      expect(now - (one.observer.reportOf(id)?.self?.at ?? 0)).toBeLessThan(1000);
    }
    expect(one.observer.reportOf("1")?.fault?.kind).toBe("timeout");
    one.observer.close();
  });

  it("drops a list that was asked for before a change of its own was known", async () => {
    const one = new Scripted([memberOf(1)], [url(1)]);
    await one.pass(1000);
    const [look] = one.looks;
    if (look === undefined) throw new Error("no look");
    one.delayMs = 400;
    const slow = one.observer.read(5000);
    // Its list was asked for, and is under way.
    await one.pass(500);
    one.members = [memberOf(1), memberOf(2)];
    one.observer.takeOwn({ ...look, members: one.members });
    one.looks.length = 0;
    await one.pass(1000);
    expect(await slow).toMatchObject({ ok: true, value: { members: [memberOf(1)] } });
    expect(one.looks.filter(({ members }) => members.length === 1)).toEqual([]);
    expect(one.observer.known?.members).toHaveLength(2);
    one.observer.close();
  });
});
