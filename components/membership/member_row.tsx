"use client";

import { memo } from "react";
import { setUrlState } from "../../client/url_state";
import { LeaderBadge, NoteBadge, RoleBadge } from "../ui/badge";
import { MarkGlyph } from "../ui/glyphs";
import { ROW_ATTRIBUTE } from "./focus";
import { RowActions } from "./row_actions";
import { type CellContext, ContactCell, HealthCell, LagCell } from "./row_cells";
import type { RowModel } from "./row_model";
import type { Trend } from "./use_trend";

const markLooks = {
  joined: "text-learner changed-learner-tint",
  promoted: "text-voter changed-voter-tint",
  demoted: "text-learner changed-learner-tint",
  left: "text-muted changed-raised",
} as const;
const markWords = {
  joined: "just joined",
  promoted: "just promoted",
  demoted: "just demoted",
  left: "removed",
} as const;

const cell = "min-w-0";

function NameCell({ row }: { row: RowModel }) {
  const ghost = row.mark === "left";
  return (
    <button
      type="button"
      {...{ [ROW_ATTRIBUTE]: row.id }}
      data-role={row.role}
      title={`${row.name}, id ${row.idWords}`}
      onClick={() => {
        if (!ghost) setUrlState({ member: row.id, dialog: undefined });
      }}
      className={`flex max-w-full scroll-mt-14 scroll-mb-20 items-baseline gap-1.5 rounded-control text-left font-mono wide:scroll-mt-48 wide:scroll-mb-8 after:absolute after:inset-0 after:content-[''] focus-visible:outline-none ${ghost ? "line-through" : ""}`}
    >
      <span className="truncate font-medium">{row.name}</span>
      {row.name !== `n${row.id}` && row.name !== `id ${row.idWords}` && (
        // In the title too: a hash read aloud in every row would drown the names.
        <span aria-hidden="true" className="max-w-14 shrink-0 truncate text-muted text-small">
          {row.idWords}
        </span>
      )}
    </button>
  );
}

/** Room for what the actions of a learner take of the address's column. */
function addressGap(row: RowModel): string {
  if (row.mark === "left" || row.role === "voter") return "pr-2";
  return row.word === "Not started" ? "pr-16" : "pr-6";
}

type RowProps = {
  row: RowModel;
  context: CellContext;
  trend: Trend;
  /** Its place in the whole table, the head included: of a long one only a part is there. */
  rowIndex: number;
};

/** One member: fixed height, fixed place; every value changes in place. */
export const MemberRow = memo(function MemberRow({ row, context, trend, rowIndex }: RowProps) {
  const ghost = row.mark === "left";
  const look = row.mark === null ? "" : markLooks[row.mark];
  const ink = ghost ? "text-muted" : "text-ink";
  return (
    <tr
      aria-rowindex={rowIndex}
      data-changed={row.mark ?? undefined}
      className={`row-grid relative border-line border-t isolate wide:h-9 has-[[data-member-row]:focus-visible]:z-1 has-[[data-member-row]:focus-visible]:outline-2 has-[[data-member-row]:focus-visible]:outline-focus has-[[data-member-row]:focus-visible]:-outline-offset-2 ${ghost ? "" : "hover:bg-raised"} ${look} ${context.live || ghost ? "" : "hatched"}`}
    >
      <td className="max-wide:[grid-area:mark]">
        {row.mark !== null && (
          <>
            <MarkGlyph mark={row.mark} />
            <span className="sr-only">{markWords[row.mark]}</span>
          </>
        )}
      </td>
      <th
        scope="row"
        className={`${cell} ${ink} pr-2 pl-1 text-left font-normal max-wide:p-0 max-wide:[grid-area:name]`}
      >
        <NameCell row={row} />
      </th>
      <td className={`${cell} flex gap-1 max-wide:[grid-area:badges]`}>
        {!ghost && (
          <span className="flex max-wide:hidden">
            <RoleBadge of={row.role} />
          </span>
        )}
        {row.leader && <LeaderBadge />}
        {row.half !== null && <NoteBadge>{row.half}</NoteBadge>}
      </td>
      <td className={`${cell} ${ink} max-wide:flex max-wide:justify-end max-wide:[grid-area:health]`}>
        <HealthCell row={row} context={context} />
      </td>
      <td
        className={`${cell} ${ink} whitespace-nowrap wide:flex wide:justify-end max-wide:text-small max-wide:[grid-area:lag]`}
      >
        <span className="wide:hidden text-muted">{row.leader || row.lag === null ? "" : "behind "}</span>
        <LagCell row={row} trend={trend} live={context.live} />
      </td>
      <td className={`${cell} ${ink} text-right max-wide:text-small max-wide:[grid-area:contact]`}>
        {!ghost && <span className="text-muted wide:hidden">contact </span>}
        <ContactCell row={row} context={context} />
      </td>
      <td
        className={`${cell} ${ink} truncate pl-6 font-mono ${addressGap(row)} text-secondary max-wide:hidden`}
      >
        <span className="relative z-1 select-text" title={row.address}>
          {row.address.replaceAll(/https?:\/\//g, "")}
        </span>
      </td>
      <td className="relative z-1 flex items-center justify-end gap-1 max-wide:hidden">
        {!ghost && <RowActions row={row} />}
      </td>
    </tr>
  );
}, sameProps);

/** A row is made anew from every frame; it is rendered again only if something in it differs. */
function sameProps(before: RowProps, after: RowProps): boolean {
  if (before.context !== after.context || before.trend !== after.trend) return false;
  if (before.rowIndex !== after.rowIndex) return false;
  const keys = Object.keys(after.row) as (keyof RowModel)[];
  return keys.every((key) => before.row[key] === after.row[key]);
}
