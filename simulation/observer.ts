import type { Message } from "../server/raft/types";
import type { Host } from "./host";
import type { ApplyListener } from "./key_value";
import type { LedgerListener } from "./ledger";
import type { Endpoint } from "./network";

/** What a host tells whoever watches over the run. */
export interface Observer {
  /** This host is about to do something, perhaps because of a message of `by`. */
  touch(host: Host, by: Endpoint | undefined): void;
  /** A message leaves a process. */
  sent(host: Host, message: Message): void;
  /** A process keeps a message to itself, because it knows no address for it. */
  unaddressed(host: Host, message: Message): void;
  /** The configuration in force at a node changed. */
  configured(host: Host): void;
  ledgerOf(host: Host): LedgerListener;
  stateMachineOf(host: Host): ApplyListener;
  /** A process is about to be made; then it runs; then it ends. */
  starting(host: Host): void;
  started(host: Host): void;
  stopping(host: Host): void;
}
