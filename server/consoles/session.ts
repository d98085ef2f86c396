import type { z } from "zod";
import { clusterListSchema } from "../../protocol/api";
import type { Problem } from "../../protocol/problem";
import { problemSchema } from "../../protocol/problem";
import { type Capabilities, type ClusterStatus, clusterStatusSchema } from "../../protocol/status";
import type { ChannelTls } from "../rpc/tls";
import { callHttp, type HttpCall, type HttpResult } from "./console_http";

/** A console must begin to answer what is only read within this long (ms); then the next one is asked. */
const readTimeoutMs = 3000;

/** Facts older than this (ms) are taken from another console, if one has newer ones. */
const freshMs = 5000;

/** Why there is no answer. `unreachable`: from no console; `problem`: the console said no; `usage`: asked for wrongly. */
export type Trouble =
  | { readonly kind: "unreachable" | "usage"; readonly text: string }
  | { readonly kind: "problem"; readonly problem: Problem };

/** One cluster as one console shows it now. */
export interface Attached {
  readonly cluster: string;
  readonly capabilities: Capabilities;
  readonly status: ClusterStatus;
}

/** The consoles of one cluster. Reads go to whichever answers, best informed first. */
export class Session {
  /** URLs, the one in use first. */
  consoles: readonly string[];
  private readonly wanted: string | undefined;
  private readonly token: (() => string) | undefined;
  private readonly tls: ChannelTls | undefined;

  constructor(
    consoles: readonly string[],
    cluster: string | undefined,
    token?: () => string,
    tls?: ChannelTls,
  ) {
    this.consoles = consoles;
    this.wanted = cluster;
    this.tls = tls;
    this.token = token;
  }

  /** Headers of every request: who asks, where there is a token. */
  get headers(): Readonly<Record<string, string>> {
    return this.token === undefined ? {} : { authorization: `Bearer ${this.token()}` };
  }

  /**
   * Finds a console that is a member of the cluster with fresh facts, else one that answers at all, and stays with it. One that
   * does not fit is passed over.
   */
  async attach(fits: (found: Attached) => boolean = () => true): Promise<Attached | Trouble> {
    let fallback: { readonly attached: Attached; readonly url: string } | undefined;
    let trouble: Trouble | undefined;
    const silent: string[] = [];
    for (const url of this.consoles) {
      const attached = await this.ask(url);
      if ("kind" in attached) {
        if (attached.kind === "unreachable") silent.push(attached.text);
        else trouble ??= attached;
        continue;
      }
      if (!fits(attached)) {
        trouble ??= { kind: "usage", text: `${url} is not a console that is asked for here.` };
        continue;
      }
      const { self, factAgeMs } = attached.status;
      const standing = self === null || self.standing === "member";
      if (standing && factAgeMs !== null && factAgeMs < freshMs) return this.settleOn(url, attached);
      fallback ??= { attached, url };
    }
    if (fallback !== undefined) return this.settleOn(fallback.url, fallback.attached);
    return trouble ?? { kind: "unreachable", text: `No console answers: ${silent.join("; ")}.` };
  }

  /** Reads from the first console that answers, and that is ready to. */
  async read<T extends z.ZodType>(path: string, schema: T): Promise<z.output<T> | Trouble> {
    let trouble: Trouble | undefined;
    for (const url of this.consoles) {
      const read = checked(await this.get(url, path), schema, url);
      if (!isTrouble(read)) return read;
      if (read.kind === "problem" && !isAside(read.problem)) return read;
      trouble ??= read;
    }
    return trouble ?? { kind: "unreachable", text: "There is no console to ask." };
  }

  /**
   * Sends a change to the first console that takes it: on to the next only where it is certain that nothing was done. The answer
   * is that of the last one asked, or of one where it may have been done. `repeatable`: doing it twice does no harm, so the next one is
   * asked unless a console answers, and each has the call's time, which else is that of all together.
   */
  async send(
    call: Omit<HttpCall, "url">,
    path: string,
    repeatable = false,
  ): Promise<HttpResult & { readonly url: string }> {
    let last: HttpResult & { readonly url: string } = {
      kind: "unsent",
      detail: "there is no console to ask",
      url: "",
    };
    let doubt: (HttpResult & { readonly url: string }) | undefined;
    const endsAt = performance.now() + call.timeoutMs;
    for (const url of this.consoles) {
      const timeoutMs = repeatable ? call.timeoutMs : Math.ceil(endsAt - performance.now());
      if (timeoutMs <= 0) break;
      const headers = { ...call.headers, ...this.headers };
      const one = { ...call, headers, timeoutMs, tls: this.tls, url: `${url}${path}` };
      last = { ...(await callHttp(one)), url };
      if (last.kind === "unanswered" && !repeatable) return last;
      if (last.kind === "answer") {
        const said = problemSchema.safeParse(last.body).data;
        const answered = said === undefined ? last.status < 300 || !repeatable : !isAside(said);
        if (answered) return last;
      }
      if (leavesDoubt(last)) doubt = last;
    }
    return doubt ?? last;
  }

  private settleOn(url: string, attached: Attached): Attached {
    this.consoles = [url, ...this.consoles.filter((other) => other !== url)];
    return attached;
  }

  private async ask(url: string): Promise<Attached | Trouble> {
    const list = checked(await this.get(url, "/api/clusters"), clusterListSchema, url);
    if (isTrouble(list)) return list;
    const names = list.clusters.map((cluster) => cluster.name);
    const found =
      this.wanted === undefined ? list.clusters : list.clusters.filter((c) => c.name === this.wanted);
    const [cluster, second] = found;
    if (cluster === undefined) {
      const which = this.wanted === undefined ? "has no cluster" : `has no cluster ${this.wanted}`;
      return { kind: "usage", text: `${url} ${which}; it has: ${names.join(", ") || "none"}.` };
    }
    if (second !== undefined) {
      return {
        kind: "usage",
        text: `${url} has several clusters: pick one with --cluster ${names.join(" | ")}.`,
      };
    }
    const path = `/api/clusters/${encodeURIComponent(cluster.name)}/status`;
    const status = checked(await this.get(url, path), clusterStatusSchema, url);
    if (isTrouble(status)) return status;
    return { cluster: cluster.name, capabilities: cluster.capabilities, status };
  }

  private get(url: string, path: string): Promise<HttpResult> {
    const { headers, tls } = this;
    return callHttp({ method: "GET", url: `${url}${path}`, headers, tls, timeoutMs: readTimeoutMs });
  }
}

/** Whether a read ended without its value. */
export function isTrouble(value: unknown): value is Trouble {
  return (
    typeof value === "object" &&
    value !== null &&
    "kind" in value &&
    (value.kind === "unreachable" || value.kind === "usage" || value.kind === "problem")
  );
}

/** The sentence of a trouble. */
export function troubleText(trouble: Trouble): string {
  return trouble.kind === "problem" ? `${trouble.problem.title}. ${trouble.problem.detail}` : trouble.text;
}

/** Another console may do better: this one is no member, or not yet. Nothing was done. */
function isAside(problem: Problem): boolean {
  return problem.code === "not-ready" || problem.code === "node-removed";
}

/** Whether what was sent may have been done, whatever came back for it, where that is not the answer it should be. */
export function leavesDoubt(result: HttpResult): boolean {
  if (result.kind !== "answer") return result.kind === "unanswered";
  const said = problemSchema.safeParse(result.body).data;
  // A fault may have struck after the change was taken.
  if (said !== undefined) return said.code === "outcome-unknown" || said.code === "internal";
  // A proxy that refuses has passed nothing on; one that fails may have.
  return result.status < 300 || result.status >= 500;
}

/** An answer's body by its schema; anything else is a trouble. */
export function checked<T extends z.ZodType>(
  result: HttpResult,
  schema: T,
  url: string,
): z.output<T> | Trouble {
  if (result.kind !== "answer") return { kind: "unreachable", text: `${url}: ${result.detail}` };
  if (result.status >= 200 && result.status < 300) {
    const value = schema.safeParse(result.body);
    if (value.success) return value.data;
    return {
      kind: "unreachable",
      text: `${url}: the answer is not that of a Rollcall console of this version`,
    };
  }
  const problem = problemSchema.safeParse(result.body);
  if (problem.success) return { kind: "problem", problem: problem.data };
  return { kind: "unreachable", text: `${url}: it answered ${result.status}, and is no Rollcall console` };
}
