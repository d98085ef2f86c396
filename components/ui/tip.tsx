"use client";

import { Tooltip } from "radix-ui";
import type { ReactElement, ReactNode } from "react";

/** A short text beside a control on hover and focus. The child must be one focusable element. */
export function Tip({ text, children }: { text: ReactNode; children: ReactElement }) {
  return (
    <Tooltip.Root delayDuration={300}>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-w-72 animate-fade rounded-control border border-line bg-surface px-2 py-1 text-ink text-small shadow-raised"
        >
          {text}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}

/** Shares the tooltips' delay over the page. */
export const TipProvider = Tooltip.Provider;
