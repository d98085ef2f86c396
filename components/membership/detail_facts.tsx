"use client";

import type { ReactNode } from "react";
import { linkToConsole } from "../../client/url_state";
import { useFreshness } from "../../client/use_store";
import { catchUpEstimate } from "../../protocol/promotion";
import type { Fact as FactValue, MemberStatus } from "../../protocol/status";
import { formatCount, formatDuration, plural } from "../../protocol/words";
import { useClusterName, usePageTables } from "../shell/cluster_context";
import { CopyButton } from "../ui/copy_button";
import { Icon } from "../ui/glyphs";
import { ContactCell, HealthCell } from "./row_cells";
import type { RowModel } from "./row_model";
import { sourceWords } from "./source_words";

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="flex min-h-9 items-center gap-4 border-line border-t py-1 first:border-t-0 max-wide:min-h-11">
      <dt className="w-28 shrink-0 text-muted text-small">{label}</dt>
      <dd className="min-w-0 flex-1 break-words">{children}</dd>
    </div>
  );
}

/** What an operator pastes elsewhere. */
function CopiedFact({ label, value }: { label: string; value: string }) {
  return (
    <Fact label={label}>
      <span className="flex items-center justify-between gap-2">
        <span className="min-w-0 break-words font-mono">{value}</span>
        {value !== "" && (
          <CopyButton
            icon
            look="quiet"
            size="small"
            square
            className="max-wide:-my-1"
            label={`Copy ${label.toLowerCase()}`}
            text={() => value}
          />
        )}
      </span>
    </Fact>
  );
}

function lagWords(row: RowModel): string {
  if (row.leader) return "the leader's log is the measure";
  if (row.lag === null) return "not known";
  return `${plural(row.lag, "entry", "entries")}${row.lagCurrent ? "" : ", last known"}`;
}

function CatchUp({ row, status }: { row: RowModel; status: MemberStatus | undefined }) {
  if (row.rate === null) return null;
  const estimate = status === undefined ? undefined : catchUpEstimate(status);
  return <Fact label="Catch-up">{estimate ?? `${formatCount(row.rate)}/s`}</Fact>;
}

function configurationWords({ lists, members, learners }: NonNullable<MemberStatus["ownView"]>): string {
  if (lists === "same") return "the same members";
  if (lists === "past") return "the members of then";
  if (lists === "unknown") return "other members";
  return `${plural(members.length, "voter")}, ${plural(learners.length, "learner")}`;
}

function OwnView({ view }: { view: MemberStatus["ownView"] }) {
  if (view === null || view === undefined) return null;
  return (
    <Fact label="Its own view">
      index {view.committedIndex}, {configurationWords(view)}, term {view.term}
    </Fact>
  );
}

const toneInk: Record<FactValue["tone"], string> = {
  plain: "",
  warning: "text-degraded",
  critical: "font-medium text-lost",
};

/** A fact that only this kind of cluster knows; what is due is counted down. */
function OwnFact({ fact, elapsedMs }: { fact: FactValue; elapsedMs: number }) {
  const { label, value, note, tone, dueInMs } = fact;
  const left = dueInMs === null ? null : dueInMs - elapsedMs;
  const due = left === null ? "" : left > 0 ? `in ${formatDuration(left)}` : "due now";
  return (
    <Fact label={label}>
      <span className={toneInk[tone]}>
        {due !== "" && <span className="font-medium">{due}</span>}
        {due !== "" && value !== "" && ", "}
        {value}
      </span>
      {note !== null && <p className="text-muted text-small">{note}</p>}
    </Fact>
  );
}

/** A member's facts, each with its source where there is one. */
export function DetailFacts({ row, status }: { row: RowModel; status: MemberStatus | undefined }) {
  const cluster = useClusterName();
  const { live } = useFreshness(cluster);
  const { paused, now, status: frame } = usePageTables();
  const told = new Set(status?.facts.map(({ label }) => label));
  const elapsedMs = frame === undefined ? 0 : Math.max(0, now - frame.receivedAt);
  const context = { cluster, live, frozenAt: paused === null ? null : now };
  return (
    <dl>
      {row.name !== `id ${row.idWords}` && <CopiedFact label="Name" value={row.name} />}
      <CopiedFact label="Id" value={row.idWords} />
      <Fact label="Health">
        <HealthCell row={row} context={context} whole />
      </Fact>
      <Fact label="Said by">{sourceWords(cluster, row.id, now) ?? "nobody yet"}</Fact>
      <Fact label="Behind">{lagWords(row)}</Fact>
      <CatchUp row={row} status={status} />
      {row.notPromotable !== null && !told.has("Promotion") && (
        <Fact label="Promotion">{row.notPromotable}</Fact>
      )}
      <Fact label="Last contact">
        <ContactCell row={row} context={context} />
      </Fact>
      <CopiedFact label="Address" value={row.address} />
      {status?.console != null && (
        <Fact label="Console">
          <a
            href={linkToConsole(status.console)}
            className="inline-flex items-center gap-1 font-mono underline decoration-control underline-offset-2 max-wide:-my-1 max-wide:min-h-11"
          >
            {status.console}
            <Icon name="external" size={10} />
          </a>
        </Fact>
      )}
      <OwnView view={status?.ownView ?? null} />
      {status?.facts.map((fact) => (
        <OwnFact key={fact.label} fact={fact} elapsedMs={elapsedMs} />
      ))}
    </dl>
  );
}
