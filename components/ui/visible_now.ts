"use client";

import { useCallback, useState, useSyncExternalStore } from "react";
import { clusterStore } from "../../client/store";

type Listener = (visible: boolean) => void;

const listeners = new WeakMap<Element, Listener>();
let observer: IntersectionObserver | undefined;

function observe(element: Element, listener: Listener): () => void {
  observer ??= new IntersectionObserver((entries) => {
    for (const entry of entries) listeners.get(entry.target)?.(entry.isIntersecting);
  });
  listeners.set(element, listener);
  observer.observe(element);
  return () => {
    observer?.unobserve(element);
    listeners.delete(element);
  };
}

const never = () => () => undefined;

/**
 * The page's one clock, ms, for an element that shows an age: it ticks only while the element (give it the ref) is in view.
 * `frozenAt` stops it, for what is paused.
 */
export function useVisibleNow(
  cluster: string,
  frozenAt: number | null,
): { ref: (element: Element | null) => (() => void) | undefined; now: number } {
  const [visible, setVisible] = useState(false);
  const ref = useCallback(
    (element: Element | null) => (element === null ? undefined : observe(element, setVisible)),
    [],
  );
  const store = clusterStore(cluster);
  const ticking = visible && frozenAt === null;
  const live = useSyncExternalStore(
    ticking ? store.subscribe : never,
    () => store.getState().now,
    () => 0,
  );
  return { ref, now: frozenAt ?? live };
}
