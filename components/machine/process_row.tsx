"use client";

import { linkToConsole } from "../../client/url_state";
import type { LocalProcess } from "../../protocol/machine";
import { formatAgo, formatDuration } from "../../protocol/words";
import { NoteBadge } from "../ui/badge";
import { CopyButton } from "../ui/copy_button";
import { Icon, StateGlyph, stateText } from "../ui/glyphs";
import { ProcessButtons } from "./process_buttons";

const states: Record<LocalProcess["state"], { word: string; glyph: "ok" | "lost" | "unknown" }> = {
  starting: { word: "Starting", glyph: "unknown" },
  running: { word: "Running", glyph: "ok" },
  frozen: { word: "Frozen", glyph: "lost" },
  stopping: { word: "Stopping", glyph: "unknown" },
  exited: { word: "Exited", glyph: "lost" },
};

function stateWords(process: LocalProcess, forMs: number): string {
  const { word } = states[process.state];
  if (process.state === "exited") {
    return `${word}${process.exit === null ? "" : ` (${process.exit})`} ${formatAgo(forMs)}`;
  }
  return process.state === "running" || process.state === "frozen"
    ? `${word} ${formatDuration(forMs)}`
    : `${word}...`;
}

/** One process: its state, its pid, its console, and what can be done to it. */
export function ProcessRow({ process, elapsedMs }: { process: LocalProcess; elapsedMs: number }) {
  const { glyph } = states[process.state];
  const words = stateWords(process, process.sinceMs + elapsedMs);
  return (
    <li
      aria-label={`Process of ${process.name}`}
      className="flex min-h-9 flex-wrap items-center gap-x-3 border-line border-t py-0.5 pr-3 pl-7 hover:bg-raised max-wide:pl-3"
    >
      <span className="w-[136px] truncate font-medium font-mono max-wide:w-auto">{process.name}</span>
      <span className="flex min-w-44 flex-1 items-center gap-1.5" title={words}>
        <StateGlyph state={glyph} size={10} className={`shrink-0 ${stateText[glyph]}`} />
        <span className="truncate">{words}</span>
        {process.servesPage && <NoteBadge>serves this page</NoteBadge>}
        {!process.member && <NoteBadge>removed from the cluster</NoteBadge>}
      </span>
      <span className="flex w-28 items-center gap-1 font-mono text-secondary max-wide:w-auto">
        {process.pid !== null && (
          <>
            pid {process.pid}
            <CopyButton
              icon
              look="quiet"
              size="small"
              className="w-7 px-0"
              label={`Copy pid of ${process.name}`}
              text={() => String(process.pid)}
            />
          </>
        )}
      </span>
      <span className="w-20 max-wide:w-auto">
        {process.console !== null && process.state === "running" && !process.servesPage && (
          <a
            href={linkToConsole(process.console)}
            aria-label={`Console of ${process.name}`}
            className="inline-flex items-center gap-1 text-secondary underline decoration-control underline-offset-2 hover:text-ink max-wide:min-h-11"
          >
            Console
            <Icon name="external" size={10} />
          </a>
        )}
      </span>
      <ProcessButtons process={process} />
    </li>
  );
}
