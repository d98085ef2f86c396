import { Code } from "@connectrpc/connect";
import type { MemberHealth } from "../../../protocol/status";
import type { NodeFault } from "./node_fault";

/** What this console found by dialling a node itself. Times are ms on its clock. */
export interface Dialled {
  /** Whether it answered lately. */
  readonly answering: boolean;
  readonly answeredAt: number | undefined;
  readonly answeringSince: number | undefined;
  readonly fault: NodeFault | undefined;
  /** Whether a first probe ended. */
  readonly probed: boolean;
}

const SOURCE = "this console";

/** How a member is doing, from this console's own dial: d-engine's health service says SERVING whatever is so. */
export function healthOf(dialled: Dialled | undefined, role: "voter" | "learner", now: number): MemberHealth {
  if (dialled === undefined || !dialled.probed) {
    return { state: "unknown", word: "Unknown", sinceMs: null, source: null };
  }
  const { answering, answeredAt, answeringSince } = dialled;
  if (answering) {
    const sinceMs = answeringSince === undefined ? null : now - answeringSince;
    return {
      state: "healthy",
      word: "Healthy",
      sinceMs,
      source: { by: SOURCE, ageMs: now - (answeredAt ?? now) },
    };
  }
  const sinceMs = answeredAt === undefined ? null : now - answeredAt;
  return { state: "down", word: absentWord(dialled, role), sinceMs, source: { by: SOURCE, ageMs: 0 } };
}

function absentWord({ fault, answeredAt }: Dialled, role: "voter" | "learner"): MemberHealth["word"] {
  if (fault?.kind === "refused")
    return fault.code === Code.Unauthenticated ? "Not allowed" : "Cannot connect";
  if (fault?.kind === "not-ready") return "Not started";
  return role === "learner" && answeredAt === undefined ? "Not started" : "Unreachable";
}
