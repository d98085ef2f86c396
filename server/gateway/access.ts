import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Role } from "../../protocol/access";
import { type Problem, problem } from "../../protocol/problem";
import { GuessLimit } from "./guess_limit";
import { SESSION_MS } from "./limits";

/** A token and what it is good for. Whoever holds it is taken for `actor`. */
export interface Credential {
  readonly role: Role;
  /** Whom changes are recorded for. */
  readonly actor: string;
  readonly token: string;
}

/** Who asks. */
export interface Caller {
  readonly role: Role;
  readonly actor: string;
  /** By a session in the browser, which can be ended. */
  readonly signedIn: boolean;
  /** End of the session, ms since 1970; null: it has none. */
  readonly expiresAt: number | null;
}

/** Who asks, as far as the console goes into it. `wait`: too many wrong tokens came from there; ms until the next is judged. */
export type Heard =
  | { readonly kind: "caller"; readonly caller: Caller }
  | { readonly kind: "nobody" }
  | { readonly kind: "wait"; readonly ms: number };

/** What whoever shows too many wrong tokens is told. */
export function tooManyGuesses(ms: number): { readonly problem: Problem; readonly retryAfter: string } {
  const seconds = Math.ceil(ms / 1000);
  const detail = `Too many wrong tokens came from your address, or from all together: wait ${seconds} s and try again.`;
  return { problem: problem("too-many-guesses", detail), retryAfter: String(seconds) };
}

/** What whoever is not known is told. */
export function unauthenticated(): Problem {
  const detail = "This console asks for a token: sign in on its page, or send it as a bearer token.";
  return problem("unauthenticated", detail);
}

/** What a console is told about its callers. */
export interface AccessOptions {
  /** None: whoever reaches the console is heard, as `actor` and operator. */
  readonly credentials: readonly Credential[];
  readonly actor: string;
  /** Sets one console's cookie apart from another's: browsers tell hosts apart, and not ports. */
  readonly port: number;
  /** Where the console is mounted: "" or "/rollcall". */
  readonly basePath: string;
  /** The page is served over https, by a proxy in front. */
  readonly secure: boolean;
  /** Wall clock, ms since 1970. */
  readonly now?: () => number;
  /** Ms on a clock that never goes back; the process's own when absent. */
  readonly clock?: () => number;
}

/**
 * Tells callers apart by what they hold: a bearer token, or a cookie that was given for one. The cookie is no token: it holds role,
 * actor and end, sealed with the token it was given for. So it needs no memory here, outlives a restart of the console, and ends
 * when the token is changed.
 */
export class Access {
  private readonly options: AccessOptions;
  private readonly cookieName: string;
  private readonly now: () => number;
  private readonly guesses: GuessLimit;

  constructor(options: AccessOptions) {
    this.options = options;
    this.guesses = new GuessLimit(options.clock ?? (() => performance.now()));
    this.cookieName = `rollcall_${options.port}`;
    this.now = options.now ?? Date.now;
  }

  /** Without credentials nothing is shown. */
  get required(): boolean {
    return this.options.credentials.length > 0;
  }

  /** Who asks, from which address (as the system writes it). */
  hear(headers: IncomingHttpHeaders, address: string): Heard {
    if (!this.required) {
      const caller = {
        role: "operator",
        actor: this.options.actor,
        signedIn: false,
        expiresAt: null,
      } as const;
      return { kind: "caller", caller };
    }
    const { authorization } = headers;
    if (authorization === undefined) {
      return this.hearCookie(cookieOf(headers.cookie ?? "", this.cookieName), address);
    }
    const token = /^Bearer +(\S+)$/i.exec(authorization.trim())?.[1];
    if (token === undefined) return { kind: "nobody" };
    const found = this.credentialOf(token);
    const caller = found && { role: found.role, actor: found.actor, signedIn: false, expiresAt: null };
    return this.judged(token, caller, address);
  }

  /** Exchanges a token for a session, which the cookie carries. */
  signIn(
    token: string,
    address: string,
  ):
    | Exclude<Heard, { kind: "caller" }>
    | { readonly kind: "session"; readonly caller: Caller; readonly cookie: string } {
    const found = this.credentialOf(token);
    const expiresAt = this.now() + SESSION_MS;
    const caller = found && { role: found.role, actor: found.actor, signedIn: true, expiresAt };
    const heard = this.judged(token, caller, address);
    if (heard.kind !== "caller" || found === undefined)
      return heard.kind === "wait" ? heard : { kind: "nobody" };
    const claims = encodeClaims(found, expiresAt);
    const value = `${claims}.${sealOf(claims, found)}`;
    this.guesses.trust(value);
    return {
      kind: "session",
      caller: heard.caller,
      cookie: this.cookie(value, Math.floor(SESSION_MS / 1000)),
    };
  }

  /** The cookie that ends a session. */
  get endingCookie(): string {
    return this.cookie("", 0);
  }

  private cookie(value: string, seconds: number): string {
    const { basePath, secure } = this.options;
    const attributes = [`Path=${basePath}/`, `Max-Age=${seconds}`, "HttpOnly", "SameSite=Strict"];
    if (secure) attributes.push("Secure");
    return `${this.cookieName}=${value}; ${attributes.join("; ")}`;
  }

  /** Looks at every credential, whichever fits, so that the time it takes tells nothing. */
  private credentialOf(token: string): Credential | undefined {
    let found: Credential | undefined;
    for (const credential of this.options.credentials) {
      if (sameText(credential.token, token)) found = credential;
    }
    return found;
  }

  private judged(shown: string, caller: Caller | undefined, address: string): Heard {
    const ms = this.guesses.weigh(address, shown, caller !== undefined);
    if (ms > 0) return { kind: "wait", ms };
    return caller === undefined ? { kind: "nobody" } : { kind: "caller", caller };
  }

  /** A cookie can be made with a guessed token, so a seal that does not fit is a guess; one that has ended is none. */
  private hearCookie(value: string, address: string): Heard {
    const [claims = "", seal = ""] = value.split(".");
    const held = decodeClaims(claims);
    if (held === undefined || held.expiresAt <= this.now()) return { kind: "nobody" };
    const issuer = this.options.credentials.find(
      (one) => one.role === held.role && one.actor === held.actor && sameText(sealOf(claims, one), seal),
    );
    const caller = issuer && {
      role: issuer.role,
      actor: issuer.actor,
      signedIn: true,
      expiresAt: held.expiresAt,
    };
    return this.judged(value, caller, address);
  }
}

function encodeClaims({ role, actor }: Credential, expiresAt: number): string {
  return Buffer.from(JSON.stringify([role, actor, expiresAt])).toString("base64url");
}

function decodeClaims(
  text: string,
): { readonly role: string; readonly actor: string; readonly expiresAt: number } | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    if (!Array.isArray(value)) return undefined;
    const [role, actor, expiresAt]: unknown[] = value;
    if (typeof role !== "string" || typeof actor !== "string" || typeof expiresAt !== "number")
      return undefined;
    return { role, actor, expiresAt };
  } catch {
    return undefined;
  }
}

function sealOf(claims: string, { token }: Credential): string {
  return createHmac("sha256", token).update(`rollcall session\n${claims}`).digest("base64url");
}

/** Compares digests, which have one length, in a time that does not depend on where they differ. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function cookieOf(header: string, name: string): string {
  for (const part of header.split(";")) {
    const [key = "", value = ""] = part.trim().split("=", 2);
    if (key === name) return value;
  }
  return "";
}
