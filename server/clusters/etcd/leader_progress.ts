import { type RequestOptions, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP } from "node:net";
import { z } from "zod";
import type { MemberId } from "../../../protocol/membership";
import type { ChannelTls } from "../../rpc/tls";

/** How far the leader itself knows each member's log to be. */
export interface LeaderProgress {
  readonly leader: MemberId;
  readonly term: number;
  readonly committedIndex: number;
  readonly members: ReadonlyMap<
    MemberId,
    {
      /** Last index known to be in the member's log. */
      readonly match: number;
      /** The member lacks entries the leader no longer has, so it is sent a snapshot. */
      readonly receivesSnapshot: boolean;
    }
  >;
}

const hexSchema = z.string().regex(/^[0-9a-f]{1,16}$/);
const index = z.number().min(0);

/** `/debug/vars`, as far as it is used; `progress` is the leader's only. */
const varsSchema = z.object({
  "raft.status": z.object({
    id: hexSchema,
    lead: hexSchema,
    term: index,
    commit: index,
    progress: z.record(hexSchema, z.object({ match: index, state: z.string() })).optional(),
  }),
});

/** Largest answer that is read, bytes; it is some 5 kB. */
const BYTES_MAX = 1024 * 1024;

/** Reads the text of `/debug/vars`; undefined where it is none, or not the leader's. */
export function parseProgress(text: string): LeaderProgress | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = varsSchema.safeParse(json);
  if (!parsed.success) return undefined;
  const { id, lead, term, commit, progress } = parsed.data["raft.status"];
  if (id !== lead || progress === undefined) return undefined;
  const members = Object.entries(progress).map(([member, { match, state }]) => {
    const receivesSnapshot = state === "StateSnapshot" || state === "ProgressStateSnapshot";
    return [decimal(member), { match, receivesSnapshot }] as const;
  });
  return { leader: decimal(id), term, committedIndex: commit, members: new Map(members) };
}

function decimal(hex: string): MemberId {
  return String(BigInt(`0x${hex}`));
}

/**
 * Asks the leader's client URL for its progress. Undefined where it cannot be had: the page is not served there (etcd may be told
 * to serve HTTP elsewhere), or nobody answers in time.
 */
export function askProgress(
  url: string,
  tls: ChannelTls | undefined,
  timeoutMs: number,
): Promise<LeaderProgress | undefined> {
  return new Promise((resolve) => {
    const secure = url.startsWith("https:");
    const options: RequestOptions = {
      agent: false,
      timeout: timeoutMs,
      signal: AbortSignal.timeout(timeoutMs),
    };
    const request = secure
      ? requestHttps(`${url}/debug/vars`, { ...options, ...tlsOptions(tls) })
      : requestHttp(`${url}/debug/vars`, options);
    request.on("error", () => resolve(undefined));
    request.on("timeout", () => request.destroy());
    request.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (more: string) => {
        text += more;
        if (text.length > BYTES_MAX) request.destroy();
      });
      response.on("end", () => resolve(response.statusCode === 200 ? parseProgress(text) : undefined));
      response.on("error", () => resolve(undefined));
    });
    request.end();
  });
}

function tlsOptions(tls: ChannelTls | undefined) {
  const { ca, certificate, key, serverName } = tls ?? {};
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === undefined || isIP(serverName) !== 0 ? {} : { servername: serverName }),
  };
}
