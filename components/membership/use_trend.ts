"use client";

import { useState } from "react";

/** Which way a number moves. */
export type Trend = "up" | "down" | "flat";

/** Which way a number last moved: up, down, or flat when the newest reading equals the one before. */
export function useTrend(value: number | null, reading: number): Trend {
  const [last, setLast] = useState<{ value: number | null; reading: number; trend: Trend }>({
    value,
    reading,
    trend: "flat",
  });
  if (last.reading === reading || (last.value === value && last.trend === "flat")) return last.trend;
  const trend: Trend =
    value === null || last.value === null || value === last.value
      ? "flat"
      : value > last.value
        ? "up"
        : "down";
  setLast({ value, reading, trend });
  return trend;
}
