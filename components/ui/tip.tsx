"use client";

import { Tooltip } from "radix-ui";
import { type ReactElement, type ReactNode, useRef, useState } from "react";

/** A short text beside a control on hover and focus, and on a tap where there is no hover. The child must be one focusable element; without a text it stands alone. */
export function Tip({ text, children }: { text: ReactNode | undefined; children: ReactElement }) {
  const [open, setOpen] = useState(false);
  const touched = useRef(false);
  return (
    <Tooltip.Root delayDuration={300} open={open && text !== undefined} onOpenChange={setOpen}>
      <Tooltip.Trigger
        asChild
        onPointerDown={(event) => {
          touched.current = event.pointerType === "touch";
        }}
        onClick={(event) => {
          if (!touched.current || text === undefined) return;
          // Radix closes a tooltip on every click; a tap is all a finger has.
          event.preventDefault();
          setOpen(true);
        }}
      >
        {children}
      </Tooltip.Trigger>
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
