"use client";

import { toJsonLines } from "../../client/history_book";
import { Button } from "./button";

/** The file is given up this long (ms) after the browser was handed it. */
const releaseMs = 10_000;

/** Hands the browser a file to keep. */
function saveFile(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/x-ndjson" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), releaseMs);
}

/** Saves what is shown as JSON lines. `items` is asked when pressed. */
export function ExportButton({ name, items }: { name: string; items: () => readonly object[] }) {
  return (
    <Button size="small" onClick={() => saveFile(name, toJsonLines(items()))}>
      Export JSON lines
    </Button>
  );
}
