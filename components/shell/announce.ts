"use client";

import { create } from "zustand";

/** What is to be said next in the status region; the region itself spaces it out. */
export const announcements = create<{ readonly text: string; readonly serial: number }>(() => ({
  text: "",
  serial: 0,
}));

/** Says a short sentence to screen readers when the status region may speak next; a newer one replaces it. */
export function announce(text: string): void {
  announcements.setState((before) => ({ text, serial: before.serial + 1 }));
}
