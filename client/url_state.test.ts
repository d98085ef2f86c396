import { beforeEach, describe, expect, it } from "vitest";
import {
  addressAtConsole,
  createUrlState,
  type HistoryPort,
  linkToConsole,
  parseUrlState,
  patchSearch,
  type UrlStateStore,
} from "./url_state";

describe("the query", () => {
  it("is read, and what is not understood is left out", () => {
    expect(
      parseUrlState(
        "?c=local&member=4&do=promote&q=n4&sort=lag&at=57&kind=promote,refused&actor=root&theme=dark",
      ),
    ).toEqual({
      cluster: "local",
      member: "4",
      dialog: "promote",
      filter: "n4",
      sort: "lag",
      at: 57,
      kinds: ["promote", "refused"],
      actor: "root",
    });
    expect(parseUrlState("?member=0&do=format-disk&sort=up&at=-1&kind=,%3Cb%3E,")).toEqual(parseUrlState(""));
  });

  it("is patched without touching parameters of others, and without defaults", () => {
    expect(patchSearch("?theme=dark&c=local", { member: "4", dialog: "remove" })).toBe(
      "?theme=dark&c=local&member=4&do=remove",
    );
    expect(patchSearch("?c=local&q=n4&sort=lag", { filter: "", sort: "fixed" })).toBe("?c=local");
    expect(patchSearch("?member=4", { member: undefined })).toBe("");
    expect(patchSearch("?c=local", { kinds: ["promote", "refused"] })).toBe(
      "?c=local&kind=promote%2Crefused",
    );
    expect(patchSearch("?c=local&kind=promote&actor=root", { kinds: [], actor: "" })).toBe("?c=local");
  });
});

/** A browser history over a list of entries. */
class FakeHistory implements HistoryPort {
  entries: { search: string; from: string | null }[];
  place = 0;
  readonly listeners = new Set<() => void>();

  constructor(search: string) {
    this.entries = [{ search, from: null }];
  }

  search(): string {
    return this.entries[this.place]?.search ?? "";
  }
  from(): string | null {
    return this.entries[this.place]?.from ?? null;
  }
  push(search: string, from: string): void {
    this.entries = [...this.entries.slice(0, this.place + 1), { search, from }];
    this.place += 1;
  }
  replace(search: string): void {
    this.entries[this.place] = { search, from: this.from() };
  }
  back(): void {
    this.place -= 1;
    for (const listener of this.listeners) listener();
  }
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

describe("the query as state", () => {
  let history: FakeHistory;
  let url: UrlStateStore;
  let told: number;

  beforeEach(() => {
    history = new FakeHistory("?c=local");
    url = createUrlState(history);
    told = 0;
    url.subscribe(() => {
      told += 1;
    });
  });

  it("pushes panels and dialogs, and goes back when they close", () => {
    url.set({ member: "4" });
    url.set({ dialog: "promote" });
    expect(history.entries.map(({ search }) => search)).toEqual([
      "?c=local",
      "?c=local&member=4",
      "?c=local&member=4&do=promote",
    ]);
    url.set({ dialog: undefined });
    expect(history.place).toBe(1);
    url.set({ member: undefined });
    expect(history.place).toBe(0);
    expect(url.current()).toMatchObject({ cluster: "local", member: undefined, dialog: undefined });
  });

  it("replaces where a link opened the dialog: there is nothing to go back to", () => {
    history = new FakeHistory("?c=local&member=4&do=remove");
    url = createUrlState(history);
    url.set({ dialog: undefined, member: undefined });
    expect(history.entries.map(({ search }) => search)).toEqual(["?c=local"]);
  });

  it("replaces for filters", () => {
    url.set({ filter: "n" });
    url.set({ filter: "n4" });
    url.set({ sort: "lag" });
    expect(history.entries.map(({ search }) => search)).toEqual(["?c=local&q=n4&sort=lag"]);
  });

  it("tells of every change, the browser's buttons included, and of nothing else", () => {
    url.set({ filter: "n4" });
    expect(told).toBe(1);
    url.set({ filter: "n4" });
    expect(told).toBe(1);
    url.set({ member: "4" });
    history.back();
    expect(told).toBe(3);
  });

  it("is the same object until it changes", () => {
    const before = url.current();
    expect(url.current()).toBe(before);
    url.set({ filter: "x" });
    expect(url.current()).not.toBe(before);
  });

  it("listens to the browser only while somebody listens", () => {
    const other = new FakeHistory("");
    const store = createUrlState(other);
    const leave = store.subscribe(() => undefined);
    expect(other.listeners.size).toBe(1);
    leave();
    expect(other.listeners.size).toBe(0);
  });
});

describe("a link to another console", () => {
  it("leads to web addresses only", () => {
    expect(linkToConsole("javascript:alert(1)")).toBe("");
    expect(linkToConsole("not an address")).toBe("");
    expect(linkToConsole("http://127.0.0.1:7402")).toBe("http://127.0.0.1:7402");
  });

  it("keep path and query, below the other's mount point and under its own name for the cluster", () => {
    const here = { path: "/cluster/", search: "?c=app&sort=lag" };
    expect(addressAtConsole("http://10.0.0.2:7400", here, "#held=x")).toBe(
      "http://10.0.0.2:7400/cluster/?c=app&sort=lag#held=x",
    );
    expect(addressAtConsole("https://ops.example/n2?c=local", here, "")).toBe(
      "https://ops.example/n2/cluster/?c=local&sort=lag",
    );
  });
});
