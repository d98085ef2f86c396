import { createStore, type StoreApi } from "zustand/vanilla";
import { type Access, accessSchema } from "../protocol/access";
import { problemSchema } from "../protocol/problem";
import { basePath } from "./base_path";

/** Who this browser is to its console; undefined until the console has said so. */
export interface AccessState {
  readonly access: Access | undefined;
}

/** How signing in ended. */
export type SignInResult =
  | { readonly kind: "signed-in" }
  | { readonly kind: "refused"; readonly detail: string }
  | { readonly kind: "no-answer" };

/** Knows who this browser is, and changes that. */
export interface AccessStore extends StoreApi<AccessState> {
  /** Asks the console. Where it does not answer, what was known stays. */
  refresh(): Promise<void>;
  signIn(token: string): Promise<SignInResult>;
  signOut(): Promise<void>;
}

/** What the store needs of its surroundings. */
export interface AccessPorts {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

const path = `${basePath}/api/session`;

/** Makes the store; nothing is asked before refresh(). */
export function createAccessStore({ fetch }: AccessPorts): AccessStore {
  const store = createStore<AccessState>(() => ({ access: undefined }));
  const take = (body: unknown): boolean => {
    const parsed = accessSchema.safeParse(body);
    if (parsed.success) store.setState({ access: parsed.data });
    return parsed.success;
  };
  const call = async (method: string, body?: unknown) => {
    const headers: Record<string, string> = { accept: "application/json" };
    if (body !== undefined) headers["content-type"] = "application/json";
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(path, { method, cache: "no-store", headers, ...json });
    return { ok: response.ok, body: (await response.json()) as unknown };
  };
  return Object.assign(store, {
    async refresh() {
      try {
        const answer = await call("GET");
        if (answer.ok) take(answer.body);
      } catch {
        // The page says by other means that its console does not answer.
      }
    },
    async signIn(token: string): Promise<SignInResult> {
      try {
        const answer = await call("POST", { token });
        if (answer.ok && take(answer.body)) return { kind: "signed-in" };
        const problem = problemSchema.safeParse(answer.body);
        return problem.success ? { kind: "refused", detail: problem.data.detail } : { kind: "no-answer" };
      } catch {
        return { kind: "no-answer" };
      }
    },
    async signOut() {
      try {
        const answer = await call("DELETE");
        if (answer.ok) take(answer.body);
      } catch {
        // Still signed in, as the page goes on to show.
      }
    },
  });
}

let page: AccessStore | undefined;

/** The store of this page. */
export function accessStore(): AccessStore {
  page ??= createAccessStore({ fetch: (url, init) => fetch(url, init) });
  return page;
}
