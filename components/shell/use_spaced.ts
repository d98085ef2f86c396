"use client";

import { useEffect, useRef, useState } from "react";

/** A status region speaks at most once in this many milliseconds. */
const statusSpacingMs = 5000;

/** The newest announcement, let through at most once in 5 s; what comes in between is replaced by what is newer. */
export function useSpaced(text: string): string {
  const [said, setSaid] = useState("");
  const lastAt = useRef(Number.NEGATIVE_INFINITY);
  // External system: the screen reader, which must not be flooded.
  useEffect(() => {
    if (text === "") return;
    const wait = Math.max(0, lastAt.current + statusSpacingMs - Date.now());
    const timer = setTimeout(() => {
      lastAt.current = Date.now();
      setSaid(text);
    }, wait);
    return () => clearTimeout(timer);
  }, [text]);
  return said;
}
