"use client";

import { useEffect } from "react";
import { setUrlState } from "../../client/url_state";
import { focusedMember, focusNeighbour } from "../membership/focus";
import { preference, usePreference } from "../ui/preference";
import type { ClusterPageName } from "./page_nav";

/** "on" or "off"; single-letter shortcuts must be possible to switch off (WCAG 2.1.4). */
export const shortcutsPreference = preference("shortcuts", "on");

/** What each key does; the help dialog lists them. */
export const shortcuts = [
  { keys: "/", does: "Filter the learners" },
  { keys: "j  k", does: "Next and previous member" },
  { keys: "Enter", does: "Details of the focused member" },
  { keys: "a", does: "Add a learner: opens its dialog" },
  { keys: "p", does: "Promote the focused learner: opens its dialog" },
  { keys: "x", does: "Remove the focused member: opens its dialog" },
  { keys: "?", does: "This help" },
] as const;

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable]") !== null
  );
}

function dialogForFocused(dialog: "promote" | "remove"): boolean {
  const member = focusedMember();
  if (member === undefined || (dialog === "promote" && member.role !== "learner")) return false;
  setUrlState({ dialog, member: member.id });
  return true;
}

/** Runs what a key stands for; false if it stands for nothing here. Nothing but dialogs is ever opened by a key. */
function run(key: string, openHelp: () => void): boolean {
  switch (key) {
    case "/": {
      const filter = document.querySelector<HTMLInputElement>("[data-filter]");
      filter?.focus();
      return filter !== null;
    }
    case "j":
      return focusNeighbour(1);
    case "k":
      return focusNeighbour(-1);
    case "a":
      setUrlState({ dialog: "add", member: undefined });
      return true;
    case "p":
      return dialogForFocused("promote");
    case "x":
      return dialogForFocused("remove");
    case "?":
      openHelp();
      return true;
    default:
      return false;
  }
}

/** Listens for the page's shortcuts while they are on and no dialog is open: where there are no members, for the help's alone. */
export function useShortcuts(page: ClusterPageName, openHelp: () => void): void {
  const on = usePreference(shortcutsPreference) === "on";
  // External system: the document's keyboard events.
  useEffect(() => {
    if (!on) return;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isTyping(event.target) || document.querySelector("[data-modal], [role=menu]") !== null) return;
      if (page !== "members" && event.key !== "?") return;
      if (run(event.key, openHelp)) event.preventDefault();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [on, page, openHelp]);
}
