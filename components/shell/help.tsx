"use client";

import { useState } from "react";
import { Button } from "../ui/button";
import { Modal } from "../ui/dialog";
import { usePreference } from "../ui/preference";
import { shortcuts, shortcutsPreference, useShortcuts } from "./keyboard";
import { Legend } from "./legend";

/** `?`: the keys, with a switch to turn them off, and what the shapes mean. */
export function Help() {
  const [open, setOpen] = useState(false);
  const [openHelp] = useState(() => () => setOpen(true));
  const on = usePreference(shortcutsPreference) === "on";
  useShortcuts(openHelp);
  return (
    <>
      <Button look="quiet" aria-label="Help" title="Help" square onClick={openHelp}>
        ?
      </Button>
      <Modal open={open} onOpenChange={setOpen} title="Keys and signs">
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
    </>
  );
}
