import { describe, expect, it } from "vitest";
import type { Call } from "./fault";
import { SignIn } from "./sign_in";
import { faultOfKind } from "./testing/answers";

type Token = Call<string | undefined>;

function deferred(): { readonly promise: Promise<Token>; readonly resolve: (call: Token) => void } {
  let resolve: (call: Token) => void = () => {};
  const promise = new Promise<Token>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

const never = () => new Promise<Token>(() => {});
const LONG_MS = 60_000;

describe("signing in", () => {
  it("asks once for all calls of an endpoint, and not again while the token is good", async () => {
    const signIn = new SignIn();
    let asked = 0;
    const answer = deferred();
    const authenticate = () => {
      asked += 1;
      return answer.promise;
    };
    const calls = [1, 2, 3].map(() => signIn.current("n1", authenticate, LONG_MS));
    answer.resolve({ ok: true, value: "t" });
    expect(await Promise.all(calls)).toEqual(Array(3).fill({ ok: true, value: "t" }));
    await signIn.current("n2", authenticate, LONG_MS);
    expect(asked).toBe(1);
  });

  it("is not held up by an endpoint that hangs: the first token is good for all", async () => {
    const signIn = new SignIn();
    const hanging = signIn.current("n1", never, LONG_MS);
    const other = signIn.current("n2", async () => ({ ok: true, value: "t" }), LONG_MS);
    expect(await other).toEqual({ ok: true, value: "t" });
    expect(await hanging).toEqual({ ok: true, value: "t" });
  });

  it("goes on after a call has given up waiting for it", async () => {
    const signIn = new SignIn();
    const answer = deferred();
    const given = await signIn.current("n1", () => answer.promise, 1);
    expect(given).toMatchObject({ ok: false, fault: { kind: "timeout", ambiguous: false } });
    const second = signIn.current("n1", never, LONG_MS);
    answer.resolve({ ok: true, value: "late" });
    expect(await second).toEqual({ ok: true, value: "late" });
  });

  it("asks anew for a token that became stale, once", async () => {
    const signIn = new SignIn();
    const tokens = ["first", "second"];
    const authenticate = async (): Promise<Token> => ({ ok: true, value: tokens.shift() });
    await signIn.current("n1", authenticate, LONG_MS);
    signIn.stale("first");
    signIn.stale("first");
    expect(await signIn.current("n1", authenticate, LONG_MS)).toEqual({ ok: true, value: "second" });
    signIn.stale("first");
    expect(await signIn.current("n1", authenticate, LONG_MS)).toEqual({ ok: true, value: "second" });
  });

  it("does not ask again and again with a password that was refused", async () => {
    const signIn = new SignIn();
    let asked = 0;
    const authenticate = async (): Promise<Token> => {
      asked += 1;
      return { ok: false, fault: faultOfKind("not-allowed") };
    };
    for (const by of ["n1", "n2", "n1"]) {
      expect(await signIn.current(by, authenticate, LONG_MS)).toMatchObject({
        fault: { kind: "not-allowed" },
      });
    }
    expect(asked).toBe(1);
  });
});
