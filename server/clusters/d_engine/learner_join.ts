import { Code } from "@connectrpc/connect";
import type { AddLearnerBody } from "../../../protocol/api";
import type { MembershipSnapshot } from "../../../protocol/membership";
import { type Problem, problem } from "../../../protocol/problem";
import { NodeStatus } from "../../rpc/generated/d_engine_common_pb";
import { nodeAddress } from "./address";
import type { NodeFault } from "./node_fault";
import type { NodeRecord } from "./node_link";
import { NODE_ID_MAX } from "./options";

/** The role of every node that joins: d-engine's number for a learner. */
export const LEARNER_ROLE = 4;

/** A learner as d-engine takes it. */
export interface LearnerToJoin {
  readonly id: number;
  readonly address: string;
  /** Never ACTIVE: that would raise the election quorum at once. */
  readonly status: NodeStatus.PROMOTABLE | NodeStatus.READ_ONLY;
}

/** Reads what an operator asks for; a problem names the field. */
export function learnerToJoin(body: AddLearnerBody): LearnerToJoin | Problem {
  const bad = (field: string, detail: string) => problem("bad-input", detail, { field });
  if (body.peerUrls !== undefined) return bad("peerUrls", "A d-engine node has one address, host:port.");
  if (body.start !== undefined) return problem("unsupported", "This console runs no processes of d-engine.");
  if (body.id === undefined) return bad("id", "d-engine assigns no ids: choose one that was never used.");
  const id = Number(body.id);
  if (id > NODE_ID_MAX) return bad("id", `d-engine's ids go up to ${NODE_ID_MAX}.`);
  if (body.address === undefined) return bad("address", "Give the host:port that the other nodes dial.");
  const status = body.learnerKind === "read-only" ? NodeStatus.READ_ONLY : NodeStatus.PROMOTABLE;
  return { id, address: body.address, status };
}

/** Whether the members in force leave room for the learner. */
export function joinConflict(
  { id, address }: LearnerToJoin,
  snapshot: MembershipSnapshot,
  records: ReadonlyMap<number, NodeRecord>,
): Problem | undefined {
  const known = [...snapshot.members, ...snapshot.learners, ...[...records.keys()].map(String)];
  const nextFreeId = String(Math.max(0, ...known.map(Number)) + 1);
  if (known.includes(String(id))) {
    return problem("already-member", `Node ${id} is a member already.`, { field: "id", nextFreeId });
  }
  const wanted = nodeAddress(address);
  for (const record of records.values()) {
    if (nodeAddress(record.address) !== wanted) continue;
    return problem("address-taken", `${address} is the address of node ${record.id}.`, { field: "address" });
  }
  return undefined;
}

/** What a failed join means. `elsewhere`: another node leads; `added`: the id is in, whoever added it; `unknown`: it may have been applied. */
export type JoinFailure =
  | { readonly kind: "elsewhere" }
  | { readonly kind: "added" }
  | { readonly kind: "unknown" }
  | { readonly kind: "not-sent"; readonly problem: Problem }
  | { readonly kind: "refused"; readonly problem: Problem };

/** Reads what the leader answered. A deadline is the server's own, 50 ms by default, and says nothing about the entry. */
export function joinFailureOf(fault: NodeFault): JoinFailure {
  const { kind, code, message } = fault;
  if (kind === "unreachable") {
    return { kind: "not-sent", problem: problem("no-leader", `The leader could not be reached: ${message}`) };
  }
  if (kind === "not-ready") {
    return {
      kind: "not-sent",
      problem: problem("no-leader", "The leader is not ready yet; nothing was done."),
    };
  }
  if (kind === "broken") return { kind: "unknown" };
  if (code === Code.PermissionDenied) return { kind: "elsewhere" };
  if (code === Code.FailedPrecondition && /already (been added|exists)/.test(message))
    return { kind: "added" };
  const detail = code === Code.Unimplemented ? "It does not take joins over this interface." : message;
  const refusal = code === Code.Unimplemented ? "unsupported" : "invalid-change";
  return { kind: "refused", problem: problem(refusal, `The leader refused: ${detail}`) };
}
