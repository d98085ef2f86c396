import { describe, expect, it } from "vitest";
import type { Access } from "../protocol/access";
import { problem } from "../protocol/problem";
import { createAccessStore } from "./access";

const stranger: Access = { required: true, role: null, actor: null, signedIn: false };
const viewer: Access = { required: true, role: "viewer", actor: "ada", signedIn: true };

/** A store whose console answers what it is given, in order; an Error: it does not answer. */
function storeWith(...answers: readonly (readonly [status: number, body: unknown] | Error)[]) {
  const asked: string[] = [];
  const left = [...answers];
  const store = createAccessStore({
    fetch: async (url, init) => {
      asked.push(`${init.method} ${url} ${init.body ?? ""}`.trim());
      const next = left.shift() ?? new Error("no more answers");
      if (next instanceof Error) throw next;
      return new Response(JSON.stringify(next[1]), { status: next[0] });
    },
  });
  return { store, asked };
}

describe("who this browser is", () => {
  it("is what the console says, and stays known while it does not answer", async () => {
    const { store } = storeWith([200, stranger], new Error("gone"), [200, { odd: true }], [200, viewer]);
    await store.refresh();
    expect(store.getState().access).toEqual(stranger);
    await store.refresh();
    await store.refresh();
    expect(store.getState().access).toEqual(stranger);
    await store.refresh();
    expect(store.getState().access).toEqual(viewer);
  });

  it("changes by signing in and out", async () => {
    const { store, asked } = storeWith([200, viewer], [200, stranger]);
    expect(await store.signIn("secret")).toEqual({ kind: "signed-in" });
    expect(store.getState().access).toEqual(viewer);
    await store.signOut();
    expect(store.getState().access).toEqual(stranger);
    expect(asked).toEqual(['POST /api/session {"token":"secret"}', "DELETE /api/session"]);
  });

  it("stays what it is where the token is not known, or nobody answers", async () => {
    const refusal = problem("unauthenticated", "This console knows no such token.", { field: "token" });
    const { store } = storeWith([401, refusal], new Error("gone"), [500, "?"]);
    expect(await store.signIn("wrong")).toEqual({ kind: "refused", detail: refusal.detail });
    expect(await store.signIn("secret")).toEqual({ kind: "no-answer" });
    expect(await store.signIn("secret")).toEqual({ kind: "no-answer" });
    expect(store.getState().access).toBeUndefined();
  });
});
