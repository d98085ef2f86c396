"use client";

import { useSyncExternalStore } from "react";

const never = () => () => undefined;

/** False while prerendering and for the first render in the browser; then true. */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}
