import { describeDiff } from "../../protocol/diff";
import type { MemberId } from "../../protocol/membership";
import { heardWords, type NodeView } from "../../protocol/view_agreement";
import { type NameOf, plural } from "../../protocol/words";
import { StateBadge } from "../ui/badge";

/** Columns of the table: node, index, configuration, leader, heard; on a phone the configuration takes a line of its own. */
export const viewGrid =
  "grid items-center gap-x-3 px-3 grid-cols-[190px_70px_minmax(0,1fr)_120px_80px] max-wide:grid-cols-[minmax(0,1fr)_auto_auto]";

/** Members named one by one; more are counted. */
const namedMax = 8;
/** Changes named one by one; more are counted. */
const missesMax = 4;

function names(ids: readonly MemberId[], nameOf: NameOf): string {
  const shown = ids.slice(0, namedMax).map(nameOf).join(" ");
  return ids.length <= namedMax ? shown : `${shown} and ${ids.length - namedMax} more`;
}

function Misses({ node, nameOf }: { node: NodeView; nameOf: NameOf }) {
  const { misses } = node;
  if (misses.length === 0) return null;
  const shown = misses.slice(0, missesMax).map((diff) => describeDiff(diff, nameOf));
  const more = misses.length - shown.length;
  return (
    <span className="block text-limit text-small">
      Since then: {shown.join(", ")}
      {more > 0 && ` and ${plural(more, "change")} more`}
    </span>
  );
}

function Configuration({ node, nameOf }: { node: NodeView; nameOf: NameOf }) {
  const { view } = node;
  if (view === null) return <span className="text-muted">Not heard from.</span>;
  if (view.lists === "unknown") return <span>Another one, not told yet.</span>;
  if (view.lists === "past") return <span>The one of index {view.committedIndex}.</span>;
  return (
    <>
      <span className="font-mono">{names(view.members, nameOf)}</span>
      {view.learners.length > 0 && (
        <span className="text-secondary">
          {" "}
          + {view.learners.length === 1 ? "learner" : "learners"}{" "}
          <span className="font-mono">{names(view.learners, nameOf)}</span>
        </span>
      )}
      <Misses node={node} nameOf={nameOf} />
    </>
  );
}

/** What one node holds. An old view stands out by a word, not by colour alone. */
export function NodeViewRow({ node, nameOf }: { node: NodeView; nameOf: NameOf }) {
  const { view, old, otherLeader, heard } = node;
  const faded = heard ? "" : "text-muted";
  return (
    <tr className={`${viewGrid} min-h-9 border-line border-t py-1 ${old ? "bg-degraded-tint" : ""}`}>
      <th scope="row" className="flex min-w-0 items-center gap-2 text-left font-medium">
        <span className="truncate font-mono">{node.name}</span>
        {old && <StateBadge state="degraded">Old view</StateBadge>}
        {otherLeader && !old && <StateBadge state="degraded">Other leader</StateBadge>}
      </th>
      <td className={`font-mono ${old ? "font-medium" : faded}`}>
        {view === null ? "-" : view.committedIndex}
      </td>
      <td className={`min-w-0 break-words max-wide:col-span-3 max-wide:row-start-2 ${old ? "" : faded}`}>
        <Configuration node={node} nameOf={nameOf} />
      </td>
      <td className={`max-wide:hidden ${otherLeader ? "font-medium" : faded}`}>
        {view === null ? "-" : `${view.leader === null ? "none" : nameOf(view.leader)}, term ${view.term}`}
      </td>
      <td className="text-right text-secondary">{heardWords(node)}</td>
    </tr>
  );
}
