"use client";

import { CopyButton } from "../ui/copy_button";

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
        {command}
      </code>
      <CopyButton size="small" text={() => command} label="Copy" aria-label={label} />
    </div>
  );
}
