import type { MemberChange as WireChange } from "../../../protocol/api";
import { type Problem, problem } from "../../../protocol/problem";
import type { MemberChange } from "../../engine/types";
import { NODE_ID_MAX, toNodeId } from "./ids";

/** An id that no node of an embedded cluster can have. */
export function badId(id: string, field: string): Problem {
  return problem("bad-input", `Id ${id} is not possible here: ids go from 1 to ${NODE_ID_MAX}.`, { field });
}

/** Translates the changes of one request; a problem names the first field that cannot be. */
export function toEngineChanges(changes: readonly WireChange[]): MemberChange[] | Problem {
  const translated: MemberChange[] = [];
  const several = changes.length > 1;
  for (const [position, change] of changes.entries()) {
    const at = (field: string) => (several ? `changes.${position}.${field}` : field);
    const id = toNodeId(change.id);
    if (id === undefined) return badId(change.id, at("id"));
    if (translated.some((other) => other.id === id)) {
      return problem("bad-input", `Id ${id} stands in two changes of one request.`, { field: at("id") });
    }
    if (change.kind !== "add-learner") translated.push({ kind: change.kind, id });
    else if (change.address === undefined) {
      return problem("bad-input", "A learner needs the address it will listen on.", { field: at("address") });
    } else {
      translated.push({
        kind: "add-learner",
        id,
        address: change.address,
        name: change.name ?? `n${id}`,
      });
    }
  }
  return translated;
}
