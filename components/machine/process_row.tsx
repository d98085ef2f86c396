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

function Pid({ name, pid }: { name: string; pid: number | null }) {
  if (pid === null) return null;
  return (
    <>
      pid {pid}
      <span className="max-wide:hidden">
        <CopyButton icon look="quiet" size="small" label={`Copy pid of ${name}`} text={() => String(pid)} />
      </span>
    </>
  );
}

function ConsoleLink({ process }: { process: LocalProcess }) {
  if (process.console === null || process.state !== "running" || process.servesPage) return null;
  return (
    <a
      href={linkToConsole(process.console)}
      aria-label={`Console of ${process.name}`}
      className="inline-flex items-center gap-1 text-secondary underline decoration-control underline-offset-2 hover:text-ink max-wide:min-h-11"
    >
      Console
      <Icon name="external" size={10} />
    </a>
  );
}

/** The process that serves the page is not stopped from the page; a shell can. */
function ShellHint({ pid }: { pid: number }) {
  return (
    <span className="flex items-center text-muted text-small max-wide:order-last max-wide:col-span-3 wide:col-span-4 wide:col-start-2 wide:-mt-1.5 wide:pb-1 wide:pl-4">
      <span>
        Stopping it closes this page. From a shell:{" "}
        <code className="text-nowrap font-mono text-secondary">kill -9 {pid}</code>
      </span>
      <CopyButton
        icon
        look="quiet"
        size="small"
        label={`Copy kill -9 ${pid}`}
        text={() => `kill -9 ${pid}`}
      />
    </span>
  );
}

/** One process: its state, its pid, its console, and what can be done to it. `live`: the console still tells. */
export function ProcessRow(props: { process: LocalProcess; elapsedMs: number; live: boolean }) {
  const { process, elapsedMs, live } = props;
  const glyph = live ? states[process.state].glyph : "unknown";
  const words = live
    ? stateWords(process, process.sinceMs + elapsedMs)
    : `Unknown, was ${states[process.state].word.toLowerCase()}`;
  return (
    <li
      aria-label={`Process of ${process.name}`}
      className={`grid items-center gap-x-3 border-line border-t pr-3 pl-7 hover:bg-raised max-wide:grid-cols-[auto_minmax(0,1fr)_auto] max-wide:pb-2 max-wide:pl-3 wide:grid-cols-[124px_minmax(0,1fr)_112px_72px_auto] ${live ? "" : "hatched"}`}
    >
      <span className="truncate font-medium font-mono leading-9">{process.name}</span>
      <span className="flex min-w-0 items-center gap-x-1.5 max-wide:flex-wrap max-wide:py-1" title={words}>
        <StateGlyph state={glyph} size={10} className={`shrink-0 ${stateText[glyph]}`} />
        <span className="truncate">{words}</span>
        {process.servesPage && <NoteBadge>serves this page</NoteBadge>}
        {!process.member && <NoteBadge>removed from the cluster</NoteBadge>}
      </span>
      <span className="flex items-center justify-end whitespace-nowrap font-mono text-secondary">
        <Pid name={process.name} pid={process.pid} />
      </span>
      <span className="max-wide:order-2">
        <ConsoleLink process={process} />
      </span>
      <ProcessButtons process={process} live={live} />
      {process.servesPage && process.pid !== null && <ShellHint pid={process.pid} />}
    </li>
  );
}
