import type { AddLearnerBody, ChangedAnswer } from "../../protocol/api";
import type { MemberStatus } from "../../protocol/status";
import type { ClusterApi } from "./cluster_api";

/** A kind of cluster that the contract is proved on, each on real processes. */
export interface Subject {
  readonly label: string;
  /** Why it is not here; undefined: it is. */
  readonly missing: string | undefined;
  /** Starts three voters and a console for them. */
  open(): Promise<Running>;
}

/** A node that nobody has added yet. */
export interface Newcomer {
  readonly body: AddLearnerBody;
  /** Starts its process, once it was added, by what the console told. */
  start(answer: ChangedAnswer): Promise<void>;
}

/** A subject that runs. */
export interface Running {
  readonly api: ClusterApi;
  newcomer(): Promise<Newcomer>;
  /** kill -9. */
  kill(member: MemberStatus): Promise<void>;
  /** Starts a member that was killed, with the data it has. */
  restart(member: MemberStatus): Promise<void>;
  /** Ends every process and removes what they wrote. */
  end(): Promise<void>;
}
