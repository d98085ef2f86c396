"use client";

import { Button, type ButtonProps } from "./button";
import { Icon } from "./glyphs";
import { copyWords, useCopy } from "./use_copy";

/** Copies text and says so. `icon` shows only the sign; `label` stays its name. */
export function CopyButton({
  text,
  label,
  icon = false,
  ...rest
}: { text: () => string; label: string; icon?: boolean } & Omit<ButtonProps, "children" | "onClick">) {
  const { state, copy } = useCopy(text);
  const word = copyWords(state, label);
  return (
    <Button {...rest} square={icon} onClick={copy} {...(icon ? { "aria-label": word, title: word } : {})}>
      <Icon name={state === "copied" ? "check" : "copy"} />
      {!icon && word}
    </Button>
  );
}
