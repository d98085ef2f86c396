"use client";

import { useState } from "react";

/** How a copy went; back to idle after 2 s. */
export type CopyState = "idle" | "copied" | "failed";

/** Copies a text to the clipboard when asked to, and tells how it went. */
export function useCopy(text: () => string): { state: CopyState; copy: () => void } {
  const [state, setState] = useState<CopyState>("idle");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      setState("copied");
    } catch {
      setState("failed");
    }
    setTimeout(() => setState("idle"), 2000);
  };
  return { state, copy: () => void copy() };
}

/** What the control says meanwhile. */
export function copyWords(state: CopyState, label: string): string {
  if (state === "idle") return label;
  return state === "copied" ? "Copied" : "Copying is not allowed here";
}
