"use client";

import { type InputHTMLAttributes, type ReactNode, useId } from "react";

/** A labelled text field with its hint and its error beside it. */
export function Field({
  label,
  error,
  hint,
  className = "",
  ...input
}: {
  label: ReactNode;
  error?: string | undefined;
  hint?: ReactNode;
} & InputHTMLAttributes<HTMLInputElement> & { "data-first-focus"?: "" }) {
  const id = useId();
  const noteId = `${id}-note`;
  const note = error ?? hint;
  return (
    <div className={`flex flex-col gap-1 ${className}`}>
      <label htmlFor={id} className="text-secondary text-small">
        {label}
      </label>
      <input
        id={id}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        aria-invalid={error !== undefined}
        {...(note === undefined ? {} : { "aria-describedby": noteId })}
        {...input}
        className={`h-8 w-full rounded-control border bg-surface px-2 font-mono max-wide:h-11 ${error === undefined ? "border-control" : "border-lost"}`}
      />
      {note !== undefined && (
        <p id={noteId} className={`text-small ${error === undefined ? "text-muted" : "text-lost"}`}>
          {note}
        </p>
      )}
    </div>
  );
}
