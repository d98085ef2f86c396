import { Code } from "@connectrpc/connect";
import type { Call } from "./fault";

/** Asks one endpoint for a token. Undefined: etcd has authentication switched off, so none is needed. */
export type Authenticate = () => Promise<Call<string | undefined>>;

/** How long a sign-in may take, ms: etcd hashes passwords slowly on purpose, and slower yet on a busy machine. */
export const SIGN_IN_TIMEOUT_MS = 15_000;
/** Who was refused is not asked about again for so long, ms: each try costs the server a hash. */
const REFUSED_FOR_MS = 5000;

type Token = Call<string | undefined>;

/**
 * The token that every call of one cluster carries. A sign-in goes through etcd's log, so the token it yields is good at all
 * members. Endpoints that need one ask on their own, and the first to get it has it for all: none that hangs holds up the others.
 */
export class SignIn {
  private known: Extract<Token, { ok: true }> | undefined;
  private refused: { readonly call: Token; readonly at: number } | undefined;
  private readonly attempts = new Map<string, Promise<Token>>();
  private readonly waiting = new Set<(call: Token) => void>();

  /** The token in force, within the time; signs in through the endpoint `by` where there is none. */
  current(by: string, authenticate: Authenticate, timeoutMs: number): Promise<Token> {
    if (this.known !== undefined) return Promise.resolve(this.known);
    const { refused } = this;
    if (refused !== undefined && performance.now() - refused.at < REFUSED_FOR_MS) {
      return Promise.resolve(refused.call);
    }
    return new Promise((resolve) => {
      const done = (call: Token) => {
        if (!this.waiting.delete(done)) return;
        clearTimeout(timer);
        resolve(call);
      };
      const timer = setTimeout(() => done(late), timeoutMs);
      timer.unref();
      this.waiting.add(done);
      void this.attempt(by, authenticate).then((call) => {
        if (!call.ok) done(call);
      });
    });
  }

  /** A member does not know `token`: the next call signs in anew, unless that has happened already. */
  stale(token: string | undefined): void {
    if (this.known?.value === token) this.known = undefined;
  }

  private attempt(by: string, authenticate: Authenticate): Promise<Token> {
    const running = this.attempts.get(by);
    if (running !== undefined) return running;
    const attempt = authenticate().then((call) => {
      this.attempts.delete(by);
      if (call.ok) {
        this.known = call;
        for (const done of [...this.waiting]) done(call);
      } else if (call.fault.kind === "not-allowed") {
        this.refused = { call, at: performance.now() };
      }
      return call;
    });
    this.attempts.set(by, attempt);
    return attempt;
  }
}

/** Nothing was asked for but a token, so nothing was done. */
const late: Token = {
  ok: false,
  fault: {
    kind: "timeout",
    code: Code.DeadlineExceeded,
    text: "no answer to the sign-in in time",
    ambiguous: false,
  },
};
