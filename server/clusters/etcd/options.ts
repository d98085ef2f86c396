import type { ChannelTls } from "../../rpc/tls";
import type { RecordBook } from "../attached/record_book";
import type { Timers } from "../timers";

/** What an attached etcd cluster is made of. */
export interface EtcdClusterOptions {
  /** As it stands in URLs of the console: lower-case letters, digits and dashes. */
  readonly name: string;
  /** Client URLs, http or https with host and port; one is enough, the others are found in the member list. */
  readonly endpoints: readonly string[];
  /** For https endpoints; absent: the system's authorities, no client certificate. */
  readonly tls?: ChannelTls;
  /** Absent: no authentication, or one by client certificate. */
  readonly credentials?: EtcdCredentials;
  /** Every action is refused, and shown so. */
  readonly readOnly?: boolean;
  /** The console's own record of this cluster; closed by its owner. */
  readonly recordBook: RecordBook;
  readonly pace?: Partial<PollPaceOptions>;
  readonly timers?: Timers;
  readonly log?: (level: "info" | "warn" | "error", text: string) => void;
}

/** A user of etcd's own, or a token somebody else got for one. Changing members needs the role root. */
export type EtcdCredentials =
  | { readonly user: string; readonly password: string }
  /** Asked again once etcd no longer takes the last one. */
  | { readonly token: () => string };

/** How often etcd is asked. */
export interface PollPaceOptions {
  /** Between two polls while something changes, ms. */
  readonly fastMs: number;
  /** Between two polls while nothing does, ms. Below 3,000, or healthy members would count as silent between two polls. */
  readonly slowMs: number;
  /** For how long after the last change it counts as changing, ms. */
  readonly calmAfterMs: number;
  /** How long one call may take before its endpoint counts as not answering, ms. */
  readonly callTimeoutMs: number;
}

export const defaultPollPace: PollPaceOptions = {
  fastMs: 250,
  slowMs: 2000,
  calmAfterMs: 10_000,
  callTimeoutMs: 1500,
};

/** The status is composed anew this often (ms), and at once when something changes. */
export const STATUS_EVERY_MS = 500;
