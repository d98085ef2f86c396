"use client";

import { useState } from "react";
import { Button, type ButtonProps } from "./button";
import { Icon } from "./glyphs";

/** Copies text and says so. `icon` shows only the sign; `label` stays its name. */
export function CopyButton({
  text,
  label,
  icon = false,
  ...rest
}: { text: () => string; label: string; icon?: boolean } & Omit<ButtonProps, "children" | "onClick">) {
  const [state, setState] = useState<"idle" | "copied" | "failed">("idle");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      setState("copied");
    } catch {
      setState("failed");
    }
    setTimeout(() => setState("idle"), 2000);
  };
  const word = state === "copied" ? "Copied" : state === "failed" ? "Copying is not allowed here" : label;
  return (
    <Button {...rest} onClick={copy} {...(icon ? { "aria-label": word, title: word } : {})}>
      <Icon name={state === "copied" ? "check" : "copy"} />
      {!icon && word}
    </Button>
  );
}
