import { describe, expect, it } from "vitest";
import { Watch } from "./watch";

describe("a watch", () => {
  it("gives the current value at once, without a wait", () => {
    const watch = new Watch(1);
    expect(watch.subscribe().borrow()).toBe(1);
  });

  it("keeps the newest value only", async () => {
    const watch = new Watch(0);
    const receiver = watch.subscribe();
    for (let value = 1; value <= 5; value += 1) watch.send(value);
    expect(await receiver.changed()).toBe("changed");
    expect(receiver.borrowAndUpdate()).toBe(5);
    let woken = false;
    void receiver.changed().then(() => {
      woken = true;
    });
    await Promise.resolve();
    expect(woken).toBe(false);
  });

  it("drops what its order turns down", () => {
    const watch = new Watch(5, (last, next) => next > last);
    expect(watch.send(5)).toBe(false);
    expect(watch.send(4)).toBe(false);
    expect(watch.send(6)).toBe(true);
    expect(watch.subscribe().borrow()).toBe(6);
  });

  it("wakes every reader on its own", async () => {
    const watch = new Watch("a");
    const [one, two] = [watch.subscribe(), watch.subscribe()];
    const waits = [one.changed(), two.changed()];
    watch.send("b");
    expect(await Promise.all(waits)).toEqual(["changed", "changed"]);
    one.borrowAndUpdate();
    expect(await two.changed()).toBe("changed");
  });

  it("has a pending change for a reader taken after something changed", async () => {
    const watch = new Watch(0);
    const early = watch.subscribe();
    watch.send(1);
    const late = watch.subscribe();
    expect(late.borrow()).toBe(1);
    expect(await late.changed()).toBe("changed");
    early.close();
  });

  it("ends a waiting reader when it is closed, and when the reader is", async () => {
    const watch = new Watch(0);
    const [one, two] = [watch.subscribe(), watch.subscribe()];
    const waits = [one.changed(), two.changed()];
    one.close();
    watch.close();
    expect(await Promise.all(waits)).toEqual(["closed", "closed"]);
    expect(await watch.subscribe().changed()).toBe("closed");
  });

  it("keeps the last value for a reader that was busy when it was closed, and nothing for one that left", async () => {
    const watch = new Watch(0);
    const [busy, gone] = [watch.subscribe(), watch.subscribe()];
    watch.send(1);
    gone.close();
    watch.close();
    expect(await busy.changed()).toBe("changed");
    expect(busy.borrowAndUpdate()).toBe(1);
    expect(await busy.changed()).toBe("closed");
    expect(await gone.changed()).toBe("closed");
  });

  it("yields the current value, then each newest one, until closed", async () => {
    const watch = new Watch(0);
    const seen: number[] = [];
    const reading = (async () => {
      for await (const value of watch.subscribe()) {
        seen.push(value);
        if (value === 2) watch.close();
      }
    })();
    await Promise.resolve();
    watch.send(1);
    watch.send(2);
    await reading;
    expect(seen).toEqual([0, 2]);
  });
});
