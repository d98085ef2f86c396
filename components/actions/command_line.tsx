"use client";

import { CopyButton } from "../ui/copy_button";

/** A word as long as this is broken wherever the line ends: a join token, a list of members. */
const longWord = 40;

/** Keeps `--name` in one piece: a browser would break it behind its hyphens. */
function Words({ command }: { command: string }) {
  return command.split(/( )/).map((word, place) =>
    // A line ends at a space that stands outside: one within a piece is carried to the next line, and `$` stays alone.
    word === " " ? (
      word
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: a word of a command is its position
      <span key={place} className={word.length < longWord ? "text-nowrap" : "break-all"}>
        {word}
      </span>
    ),
  );
}

/** A shell command to read and to copy. */
export function CommandLine({ command, label }: { command: string; label: string }) {
  // Several lines are a part of a configuration file, not of a shell's.
  const isText = command.includes("\n");
  return (
    <div className="flex items-start gap-2 rounded-control border border-line bg-raised py-1 pr-1 pl-3">
      <code className="min-w-0 flex-1 whitespace-pre-wrap break-words py-1 font-mono text-small">
        {!isText && (
          <span aria-hidden="true" className="select-none text-muted">
            ${" "}
          </span>
        )}
        {isText ? command : <Words command={command} />}
      </code>
      <CopyButton size="small" text={() => command} label="Copy" aria-label={label} />
    </div>
  );
}
