import { withoutBasePath } from "./base_path";
import { heldFragment } from "./held_view";
import { clusterStore } from "./store";

/** What a dialog's link may open; a link never executes anything. */
export const dialogNames = ["add", "promote", "demote", "remove", "transfer", "replace", "address"] as const;
export type DialogName = (typeof dialogNames)[number];

/** The query parameters of the cluster page; undefined where absent or not understood. */
export interface UrlState {
  /** c: the cluster. */
  readonly cluster: string | undefined;
  /** member: whose details are open, or whom the dialog is about. */
  readonly member: string | undefined;
  /** do: the open dialog. */
  readonly dialog: DialogName | undefined;
  /** q: the learners' filter. */
  readonly filter: string;
  readonly sort: "fixed" | "lag";
  /** at: the log index of the timeline entry that is linked to. */
  readonly at: number | undefined;
  /** kind: what timeline or history show; empty: everything. */
  readonly kinds: readonly string[];
  /** actor: whose changes the history shows; "": everybody's. */
  readonly actor: string;
}

/** A filter longer than this is cut. */
const FILTER_LENGTH_MAX = 200;
/** Kinds read from a link. */
const KINDS_MAX = 16;

function parseKinds(text: string | null): readonly string[] {
  return (text ?? "")
    .split(",")
    .filter((word) => /^[a-z-]{1,20}$/.test(word))
    .slice(0, KINDS_MAX);
}

/** Reads a query; what is not understood is left out. */
export function parseUrlState(search: string): UrlState {
  const query = new URLSearchParams(search);
  const member = query.get("member");
  const at = query.get("at");
  const dialog = query.get("do");
  return {
    cluster: query.get("c") || undefined,
    member: member !== null && /^[1-9][0-9]{0,19}$/.test(member) ? member : undefined,
    dialog: dialogNames.find((name) => name === dialog),
    filter: (query.get("q") ?? "").slice(0, FILTER_LENGTH_MAX),
    sort: query.get("sort") === "lag" ? "lag" : "fixed",
    at: at !== null && /^[0-9]{1,15}$/.test(at) ? Number(at) : undefined,
    kinds: parseKinds(query.get("kind")),
    actor: (query.get("actor") ?? "").slice(0, FILTER_LENGTH_MAX),
  };
}

const parameterOf: Record<keyof UrlState, string> = {
  cluster: "c",
  member: "member",
  dialog: "do",
  filter: "q",
  sort: "sort",
  at: "at",
  kinds: "kind",
  actor: "actor",
};

/** The query with a patch applied; parameters of others stay, defaults are left out. */
export function patchSearch(search: string, patch: Partial<UrlState>): string {
  const query = new URLSearchParams(search);
  for (const [key, value] of Object.entries(patch)) {
    const parameter = parameterOf[key as keyof UrlState];
    const text = value === undefined ? "" : String(value);
    if (text === "" || text === "fixed") query.delete(parameter);
    else query.set(parameter, text);
  }
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}

/** The part of the browser's history that is used; replaced in tests. */
export interface HistoryPort {
  search(): string;
  /** `from`: the query this entry was pushed from; null where unknown. */
  from(): string | null;
  push(search: string, from: string): void;
  replace(search: string): void;
  back(): void;
  subscribe(listener: () => void): () => void;
}

/** The query as state, over any history. */
export interface UrlStateStore {
  current(): UrlState;
  set(patch: Partial<UrlState>): void;
  subscribe(listener: () => void): () => void;
}

/** Opening pushes, filtering replaces, and closing what was just opened goes back, so that Back never opens it again. */
export function createUrlState(history: HistoryPort): UrlStateStore {
  const listeners = new Set<() => void>();
  let parsed: { readonly search: string; readonly state: UrlState } | undefined;
  let detach: (() => void) | undefined;
  const tell = () => {
    for (const listener of listeners) listener();
  };
  return {
    current() {
      const search = history.search();
      if (parsed?.search !== search) parsed = { search, state: parseUrlState(search) };
      return parsed.state;
    },
    set(patch) {
      const search = history.search();
      const next = patchSearch(search, patch);
      if (next === search) return;
      const opens = patch.member !== undefined || patch.dialog !== undefined || patch.cluster !== undefined;
      if (opens) history.push(next, search);
      else if (("member" in patch || "dialog" in patch) && history.from() === next) history.back();
      else history.replace(next);
      tell();
    },
    subscribe(listener) {
      if (listeners.size === 0) detach = history.subscribe(tell);
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) detach?.();
      };
    },
  };
}

const browserHistory: HistoryPort = {
  search: () => location.search,
  from: () => {
    const state: unknown = history.state;
    if (typeof state !== "object" || state === null || !("rollcallFrom" in state)) return null;
    return typeof state.rollcallFrom === "string" ? state.rollcallFrom : null;
  },
  push: (search, from) => history.pushState({ rollcallFrom: from }, "", location.pathname + search),
  replace: (search) => history.replaceState(history.state, "", location.pathname + search),
  back: () => history.back(),
  subscribe: (listener) => {
    window.addEventListener("popstate", listener);
    return () => window.removeEventListener("popstate", listener);
  },
};

const page = createUrlState(browserHistory);

/** What a page without an address shows: while the static export is written there is none. */
export const emptyUrlState: UrlState = parseUrlState("");

/** Changes the query, keeping parameters of others. Panels and dialogs push; filters replace. */
export function setUrlState(patch: Partial<UrlState>): void {
  page.set(patch);
}

/** Calls back after every change of the query, own or by the browser's buttons. */
export function subscribeUrlState(listener: () => void): () => void {
  return page.subscribe(listener);
}

/** The current query; the same object until it changes. Only where there is an address. */
export function currentUrlState(): UrlState {
  return page.current();
}

/**
 * The same page, with the same query, at another node's console. The view this page last held of its cluster goes along in the
 * fragment, so that the other console can still say what changed meanwhile. "" where the console's address is not an http one.
 */
export function linkToConsole(consoleUrl: string): string {
  if (!/^https?:\/\//.test(consoleUrl) || !URL.canParse(consoleUrl)) return "";
  if (typeof location === "undefined") return consoleUrl;
  const { cluster } = currentUrlState();
  const held = cluster === undefined ? undefined : clusterStore(cluster).getState().held;
  const here = { path: withoutBasePath(location.pathname), search: location.search };
  return addressAtConsole(consoleUrl, here, heldFragment(held));
}

/** A page's address at another console; one that says itself what it calls the cluster (`?c=`) is taken at its word. */
export function addressAtConsole(
  consoleUrl: string,
  here: { readonly path: string; readonly search: string },
  fragment: string,
): string {
  const target = new URL(consoleUrl);
  const named = target.searchParams.get("c");
  const search = named === null ? here.search : patchSearch(here.search, { cluster: named });
  const mount = target.pathname.replace(/\/+$/, "");
  return new URL(`${mount}${here.path}${search}${fragment}`, consoleUrl).href;
}
