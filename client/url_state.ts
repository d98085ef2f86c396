/** What a dialog's link may open; a link never executes anything. */
export const dialogNames = ["add", "promote", "demote", "remove", "transfer"] as const;
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
}

/** Reads a query; what is not understood is left out. */
export function parseUrlState(search: string): UrlState {
  throw new Error(`not written yet ${search}`);
}

/** Changes the query, keeping parameters of others. Panels and dialogs push; filters replace. */
export function setUrlState(patch: Partial<UrlState>): void {
  throw new Error(`not written yet ${String(patch)}`);
}

/** Calls back after every change of the query, own or by the browser's buttons. */
export function subscribeUrlState(listener: () => void): () => void {
  throw new Error(`not written yet ${String(listener)}`);
}

/** The current query; the same object until it changes. */
export function currentUrlState(): UrlState {
  throw new Error("not written yet");
}

/** The same page, with the same query, at another node's console; it also carries what this page last held. */
export function linkToConsole(consoleUrl: string): string {
  throw new Error(`not written yet ${consoleUrl}`);
}
