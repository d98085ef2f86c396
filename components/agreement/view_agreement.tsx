"use client";

import { useState } from "react";
import { useCluster, useFreshness, useNames } from "../../client/use_store";
import type { ClusterStatus } from "../../protocol/status";
import { type ViewAgreement as Agreement, viewAgreement } from "../../protocol/view_agreement";
import { plural } from "../../protocol/words";
import { useClusterName, usePageTables } from "../shell/cluster_context";
import { Button } from "../ui/button";
import { ColumnHead } from "../ui/column_head";
import { StateGlyph, stateText } from "../ui/glyphs";
import { Panel } from "../ui/panel";
import { NodeViewRow, viewGrid } from "./node_view_row";

/** A difference counts once it has lasted this long (ms): a change takes a moment to reach every node. */
const settleMs = 3000;
/** Beyond this many nodes only voters and those that stand out are listed. */
const rowsMax = 12;

/** Whether nodes have differed for longer than a change takes to reach them all. */
function useLasting(differ: boolean, now: number): boolean {
  const [since, setSince] = useState<number | null>(null);
  if (differ && since === null) setSince(now);
  if (!differ && since !== null) setSince(null);
  return differ && since !== null && now - since >= settleMs;
}

function Views({ agreement }: { agreement: Agreement }) {
  const nameOf = useNames(useClusterName());
  const { nodes } = agreement;
  const shown =
    nodes.length <= rowsMax
      ? nodes
      : nodes.filter((node) => node.role === "voter" || node.old || node.otherLeader);
  const others = nodes.length - shown.length;
  return (
    <>
      <table aria-label="View agreement" className="block w-full">
        <thead className="block max-wide:sr-only">
          <tr className={`${viewGrid} h-7 border-line border-t`}>
            <ColumnHead>Node</ColumnHead>
            <ColumnHead>Index</ColumnHead>
            <ColumnHead>Configuration it holds</ColumnHead>
            <ColumnHead>Leader it follows</ColumnHead>
            <ColumnHead className="text-right">Heard</ColumnHead>
          </tr>
        </thead>
        <tbody className="block">
          {shown.map((node) => (
            <NodeViewRow key={node.id} node={node} nameOf={nameOf} />
          ))}
        </tbody>
      </table>
      {others > 0 && (
        <p className="border-line border-t px-3 py-2 text-secondary">
          {plural(others, "learner")} more, none known to hold another view.
        </p>
      )}
    </>
  );
}

function Shown({ status, receivedAt, now }: { status: ClusterStatus; receivedAt: number; now: number }) {
  const { live } = useFreshness(useClusterName());
  const agreement = viewAgreement(status, Math.max(0, now - receivedAt));
  // While nothing is heard nothing lasts: it may have ended.
  const differ = useLasting(!agreement.agree, live ? now : receivedAt);
  const [chosen, setChosen] = useState<{ readonly differ: boolean; readonly open: boolean }>();
  // A choice holds until the matter changes: a new difference opens the panel again.
  const open = chosen?.differ === differ ? chosen.open : differ;
  // Silence is no agreement.
  const all = agreement.nodes.every(({ heard }) => heard);
  const state = !live ? "unknown" : differ ? "degraded" : all ? "ok" : "unknown";
  // What differs only for a moment is a change on its way, and no news. What was held when it was heard last is told as such;
  // how long ago that is stands in the rows.
  const told = live ? agreement : viewAgreement(status);
  const sentence = told.agree || differ ? told.sentence : "A change is reaching the nodes.";
  return (
    <Panel
      id="view-agreement"
      title="View agreement"
      aside={
        <>
          <p
            className={`flex min-w-0 flex-1 items-center gap-2 max-wide:order-1 max-wide:basis-full ${differ ? "" : "text-secondary"}`}
          >
            <StateGlyph state={state} size={10} className={`shrink-0 ${stateText[state]}`} />
            <span>{live || agreement.nodes.length === 0 ? sentence : `Last known: ${sentence}`}</span>
          </p>
          <Button
            look="quiet"
            size="small"
            className="max-wide:ml-auto"
            aria-expanded={open}
            onClick={() => setChosen({ differ, open: !open })}
          >
            {open ? "Hide views" : "Show views"}
          </Button>
        </>
      }
    >
      {open && (
        <div className={live ? "" : "hatched"}>
          <Views agreement={agreement} />
        </div>
      )}
    </Panel>
  );
}

/** Every node's own committed index and configuration side by side: one line while all agree, open where they do not. */
export function ViewAgreement() {
  const { status, now } = usePageTables();
  // It stands below what this machine runs, and must not be pushed down when that comes.
  const placed = useCluster(
    useClusterName(),
    ({ hello, machine }) => hello?.machine === false || machine !== undefined,
  );
  if (status === undefined || !placed) return null;
  return <Shown status={status.value} receivedAt={status.receivedAt} now={now} />;
}
