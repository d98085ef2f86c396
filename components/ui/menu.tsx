"use client";

import { DropdownMenu } from "radix-ui";
import type { ReactElement, ReactNode } from "react";

/** A menu behind a button. Not modal: a modal one locks scrolling with a style element, which the page's policy forbids. */
export function Menu({
  trigger,
  align = "end",
  children,
}: {
  trigger: ReactElement;
  align?: "start" | "end";
  children: ReactNode;
}) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          className="z-30 min-w-52 max-w-80 animate-fade rounded-panel border border-line bg-surface p-1 text-body shadow-raised"
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

const item =
  "flex min-h-8 max-wide:min-h-11 select-none flex-col justify-center rounded-control px-3 py-1 outline-none data-highlighted:bg-raised";

/** What a menu item takes. */
export type MenuItemProps = {
  children: ReactNode;
  onSelect: () => void;
  /** Why it cannot be used now; shown under it. */
  blocked?: string | undefined;
  danger?: boolean;
};

/** One entry. A blocked one stays reachable, says why, and does nothing. */
export function MenuItem({ children, onSelect, blocked, danger = false }: MenuItemProps) {
  const disabled = blocked !== undefined;
  const colour = disabled ? "text-muted cursor-not-allowed" : danger ? "text-lost" : "text-ink";
  return (
    <DropdownMenu.Item
      className={`${item} ${colour}`}
      {...(disabled ? { "aria-disabled": true } : {})}
      onSelect={(event) => {
        if (disabled) event.preventDefault();
        else onSelect();
      }}
    >
      {children}
      {disabled && <span className="text-muted text-small">{blocked}</span>}
    </DropdownMenu.Item>
  );
}

/** One of several choices, ticked. */
export function MenuChoices(props: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  choices: readonly { value: string; label: string; title?: string; glyph?: ReactNode }[];
}) {
  return (
    <DropdownMenu.RadioGroup aria-label={props.label} value={props.value} onValueChange={props.onChange}>
      {props.choices.map((choice) => (
        <DropdownMenu.RadioItem
          key={choice.value}
          value={choice.value}
          className={`${item} text-ink data-[state=checked]:font-medium`}
        >
          <span className="flex items-center justify-between gap-4" title={choice.title}>
            <span className="flex items-center gap-2">
              {choice.glyph}
              {choice.label}
            </span>
            <DropdownMenu.ItemIndicator className="text-ink">✓</DropdownMenu.ItemIndicator>
          </span>
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}

/** A line between groups of entries. */
export function MenuLine() {
  return <DropdownMenu.Separator className="my-1 h-px bg-line" />;
}
