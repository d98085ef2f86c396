"use client";

import { useSyncExternalStore } from "react";

/** A choice of this browser, kept in its local storage where that is allowed. */
export interface Preference {
  get(): string;
  set(value: string): void;
  subscribe(listener: () => void): () => void;
  /** What holds before anything was chosen, and while prerendering. */
  readonly initial: string;
}

/** Makes a preference; tabs of the same browser follow each other. */
export function preference(key: string, initial: string): Preference {
  const listeners = new Set<() => void>();
  const name = `rollcall.${key}`;
  let unsaved: string | undefined;
  const tell = () => {
    for (const listener of listeners) listener();
  };
  const onStorage = (event: StorageEvent) => {
    if (event.key === name) tell();
  };
  return {
    initial,
    get() {
      try {
        return unsaved ?? localStorage.getItem(name) ?? initial;
      } catch {
        return unsaved ?? initial;
      }
    },
    set(value) {
      try {
        localStorage.setItem(name, value);
        unsaved = undefined;
      } catch {
        unsaved = value;
      }
      tell();
    },
    subscribe(listener) {
      if (listeners.size === 0) window.addEventListener("storage", onStorage);
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) window.removeEventListener("storage", onStorage);
      };
    },
  };
}

/** The preference's value; re-renders when it changes. */
export function usePreference(of: Preference): string {
  return useSyncExternalStore(of.subscribe, of.get, () => of.initial);
}
