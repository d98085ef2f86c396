"use client";

import { Dialog } from "radix-ui";
import { type ReactNode, useRef } from "react";
import { roomForNames } from "./button";
import { Icon } from "./glyphs";

const shapes = {
  dialog:
    "inset-x-0 bottom-0 max-h-[92dvh] rounded-t-panel wide:inset-x-auto wide:bottom-auto wide:top-[12vh] wide:left-1/2 wide:max-h-[80vh] wide:w-[600px] wide:-translate-x-1/2 wide:rounded-panel",
  sheet:
    "inset-x-0 bottom-0 max-h-[85dvh] rounded-t-panel wide:inset-x-auto wide:inset-y-0 wide:right-0 wide:max-h-none wide:w-[400px] wide:rounded-none wide:border-y-0 wide:border-r-0",
} as const;

/** Gives the focus back, or to the page's main part if what had it is gone. */
function focusAgain(element: HTMLElement | null): void {
  if (element?.isConnected && element !== document.body) element.focus();
  else document.querySelector<HTMLElement>("main")?.focus();
}

/** Focuses what asks for it, else the dialog itself, so that its title and description are read first. */
function focusInside(content: HTMLElement): void {
  (content.querySelector<HTMLElement>("[data-first-focus]") ?? content).focus();
}

/** What a modal takes. */
export type ModalProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  /** Right of the title, muted: the index a dialog refers to. */
  aside?: ReactNode;
  /** One sentence under the title. */
  description?: ReactNode;
  /** A dialog stands in the middle, a sheet at the side; on a phone both rise from below. */
  shape?: keyof typeof shapes;
  /** Where focus goes afterwards; by default back to what opened it. */
  onClosed?: (restore: () => void) => void;
  children: ReactNode;
  footer?: ReactNode;
};

/**
 * A modal with focus trap, Escape and labelled title. Radix's own overlay is left out on purpose: it locks scrolling with
 * a style element that the page's content security policy forbids.
 */
export function Modal({
  open,
  onOpenChange,
  title,
  aside,
  description,
  shape = "dialog",
  ...rest
}: ModalProps) {
  const opener = useRef<HTMLElement | null>(null);
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <div className="fixed inset-0 z-40 animate-fade bg-scrim" />
        <Dialog.Content
          data-modal=""
          {...(description === undefined ? { "aria-describedby": undefined } : {})}
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            opener.current = document.activeElement instanceof HTMLElement ? document.activeElement : null;
            if (event.currentTarget instanceof HTMLElement) focusInside(event.currentTarget);
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            const restore = () => focusAgain(opener.current);
            if (rest.onClosed) rest.onClosed(restore);
            else restore();
          }}
          className={`fixed z-40 flex animate-fade flex-col border border-line bg-surface text-dialog shadow-raised ${shapes[shape]}`}
        >
          <header className="flex items-start gap-4 px-6 pt-4 pb-1 max-wide:px-4">
            <Dialog.Title className="min-w-0 flex-1 break-words text-title">{title}</Dialog.Title>
            {aside !== undefined && <span className="pt-1 font-mono text-muted text-small">{aside}</span>}
            <Dialog.Close
              aria-label="Close"
              className="-mr-2 -mt-1 inline-flex size-8 items-center justify-center rounded-control text-muted hover:bg-raised hover:text-ink max-wide:-mt-2.5 max-wide:size-11"
            >
              <Icon name="close" />
            </Dialog.Close>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-6 pb-4 max-wide:px-4">
            {description !== undefined && (
              <Dialog.Description className="mb-4 text-secondary">{description}</Dialog.Description>
            )}
            {rest.children}
          </div>
          {rest.footer !== undefined && (
            <footer
              className={`flex flex-wrap items-center justify-end gap-2 border-line border-t px-6 py-3 max-wide:px-4 ${roomForNames}`}
            >
              {rest.footer}
            </footer>
          )}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
