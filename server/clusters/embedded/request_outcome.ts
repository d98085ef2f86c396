import type { RequestOutcome } from "../../../protocol/api";
import { type Problem, problem } from "../../../protocol/problem";
import type { RequestOutcome as EngineOutcome } from "../../engine/types";

/** What the engine knows of a request, on the wire. No record of it: it may still arrive. */
export function toWireOutcome(outcome: EngineOutcome): RequestOutcome {
  switch (outcome.kind) {
    case "applied":
      return { state: "applied", index: outcome.index };
    case "rejected":
      return { state: "rejected", index: outcome.index, reason: outcome.reason };
    case "closed":
      return { state: "not-applied" };
    case "unknown":
      return { state: "pending" };
  }
}

/** Nobody could be asked what became of a request. */
export function unreadable(): Problem {
  return problem("no-leader", "The outcome cannot be read now: no leader answered in time. Ask again.");
}
