import { clusterStore } from "../../client/store";
import type { MemberId } from "../../protocol/membership";
import { formatSourceAge, namesOf } from "../../protocol/words";

/** Who says how a member is doing, and how long ago: "leader n1, 0.4 s ago"; undefined where nobody does. */
export function sourceWords(cluster: string, id: MemberId, now: number): string | undefined {
  const { status } = clusterStore(cluster).getState();
  const source = status?.value.members.find((member) => member.id === id)?.health.source;
  if (status === undefined || source == null) return undefined;
  const { leadership, members } = status.value;
  const leads = leadership.id !== null && namesOf(members)(leadership.id) === source.by;
  const ageMs = source.ageMs + Math.max(0, now - status.receivedAt);
  return `${leads ? "leader " : ""}${source.by}, ${formatSourceAge(ageMs)}`;
}
