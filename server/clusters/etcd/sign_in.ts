import type { Call } from "./fault";

/** Asks one endpoint for a token. Undefined: etcd has authentication switched off, so none is needed. */
export type Authenticate = (timeoutMs: number) => Promise<Call<string | undefined>>;

/**
 * The token that every call of one cluster carries. A sign-in goes through etcd's log, so the token it yields is known to all
 * members; it is asked for once, however many calls wait for it, and again when a member no longer knows it.
 */
export class SignIn {
  private token: Promise<Call<string | undefined>> | undefined;

  /** The token in force; signs in where there is none yet. A failed sign-in is not remembered. */
  current(authenticate: Authenticate, timeoutMs: number): Promise<Call<string | undefined>> {
    const running = this.token ?? authenticate(timeoutMs);
    this.token = running;
    const forget = () => {
      if (this.token === running) this.token = undefined;
    };
    return running.then((call) => {
      if (!call.ok) forget();
      return call;
    });
  }

  /** A member does not know `token`: the next call signs in anew, unless that has happened already. */
  async stale(token: string | undefined): Promise<void> {
    const running = this.token;
    const known = await running;
    if (this.token === running && known?.ok && known.value === token) this.token = undefined;
  }
}
