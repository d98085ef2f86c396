"use client";

import { create } from "zustand";
import { Button } from "../ui/button";
import { Modal } from "../ui/dialog";
import { usePreference } from "../ui/preference";
import { shortcuts, shortcutsPreference, useShortcuts } from "./keyboard";
import { Legend } from "./legend";
import type { ClusterPageName } from "./page_nav";

const help = create<{ readonly open: boolean }>(() => ({ open: false }));

/** Opens the help: by its button, its key, or the phone's menu. */
export function openHelp(): void {
  help.setState({ open: true });
}

/** Opens the help with the pointer. */
export function HelpButton() {
  return (
    <Button look="quiet" aria-label="Help" title="Help" square onClick={openHelp}>
      ?
    </Button>
  );
}

/** `?`: the keys, with a switch to turn them off, and what the shapes mean. Listens for the keys while it is there. */
export function Help({ page }: { page: ClusterPageName }) {
  const { open } = help();
  const on = usePreference(shortcutsPreference) === "on";
  useShortcuts(page, openHelp);
  return (
    <Modal open={open} onOpenChange={(next) => help.setState({ open: next })} title="Keys and signs">
      {page !== "members" && <p className="mb-2 text-secondary">On the page of the members:</p>}
      <dl className="grid grid-cols-[64px_1fr] gap-y-1">
        {shortcuts.map(({ keys, does }) => (
          <div key={keys} className="contents">
            <dt>
              <kbd className="rounded-control border border-line bg-raised px-1.5 font-mono text-small">
                {keys}
              </kbd>
            </dt>
            <dd className="text-secondary">{does}</dd>
          </div>
        ))}
      </dl>
      <label className="mt-3 flex min-h-8 items-center gap-2">
        <input
          type="checkbox"
          checked={on}
          onChange={(event) => shortcutsPreference.set(event.target.checked ? "on" : "off")}
          className="size-4 accent-ink"
        />
        Single-key shortcuts
      </label>
      <Legend />
    </Modal>
  );
}
