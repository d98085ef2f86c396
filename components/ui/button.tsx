"use client";

import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";
import { useId } from "react";
import { Tip } from "./tip";

const looks = {
  primary:
    "border-ink bg-ink text-surface not-aria-disabled:hover:bg-secondary not-aria-disabled:hover:border-secondary",
  danger: "border-lost bg-lost text-on-lost not-aria-disabled:hover:opacity-90",
  plain: "border-control bg-surface text-ink not-aria-disabled:hover:bg-raised",
  quiet:
    "border-transparent bg-transparent text-secondary not-aria-disabled:hover:bg-raised not-aria-disabled:hover:text-ink",
  band: "border-current bg-transparent text-current not-aria-disabled:hover:bg-on-lost/15",
} as const;

/** How a button looks; `band` sits on the filled band of a lost quorum. */
export type ButtonLook = keyof typeof looks;

const base =
  "inline-flex shrink-0 select-none items-center justify-center gap-2 whitespace-nowrap rounded-control border py-1 font-medium max-wide:min-h-11 max-wide:min-w-11";
const off =
  "aria-disabled:cursor-not-allowed aria-disabled:border-line aria-disabled:bg-raised aria-disabled:text-muted";

/** For what holds buttons that name a member: a name may have 63 letters, and then goes on in the next line. */
export const roomForNames = "*:max-w-full *:whitespace-normal";

/** Class names of a button, for links that look like one. */
export function buttonClass(
  look: ButtonLook = "plain",
  size: "normal" | "small" = "normal",
  square = false,
): string {
  const height = size === "small" ? "min-h-7 text-small" : "min-h-8 text-body";
  const width = square ? (size === "small" ? "w-7" : "w-8") : size === "small" ? "px-2" : "px-3";
  return `${base} ${off} ${looks[look]} ${height} ${width}`;
}

/** What a button takes. */
export type ButtonProps = Omit<ButtonHTMLAttributes<HTMLButtonElement>, "disabled"> & {
  look?: ButtonLook;
  size?: "normal" | "small";
  /** As wide as high, for a sign alone. */
  square?: boolean;
  /** Why it cannot be used now. The button stays visible and focusable; the reason shows on hover and focus. */
  blocked?: string | undefined;
  /** Off, with the reason said elsewhere (point `aria-describedby` at it). */
  off?: boolean;
  ref?: Ref<HTMLButtonElement>;
  children: ReactNode;
};

/** A button that, when it cannot be used, says why instead of vanishing. */
export function Button(props: ButtonProps) {
  const { look, size, square, blocked, off: isOff, onClick, className = "", ...rest } = props;
  const reasonId = useId();
  const disabled = isOff === true || blocked !== undefined;
  const button = (
    <button
      type="button"
      {...rest}
      {...(disabled ? { "aria-disabled": true } : {})}
      {...(blocked !== undefined ? { "aria-describedby": reasonId } : {})}
      onClick={disabled ? (event) => event.preventDefault() : onClick}
      className={`${buttonClass(look, size, square)} ${className}`}
    />
  );
  // One that may be blocked stays the same element while that comes and goes: it keeps its focus.
  if (!("blocked" in props)) return button;
  return (
    <>
      <Tip text={blocked}>{button}</Tip>
      {blocked !== undefined && (
        <span id={reasonId} hidden>
          {blocked}
        </span>
      )}
    </>
  );
}
