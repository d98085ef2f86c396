"use client";

import { create } from "zustand";
import type { MemberId } from "../../protocol/membership";

interface StartCommand {
  readonly cluster: string;
  readonly id: MemberId;
  readonly command: string;
  /** When its token ends, ms on this browser's clock; null: it holds none. */
  readonly expiresAt: number | null;
}

/** Start commands of learners added in this page. They may hold a join token, so they live in memory only, and few. */
const commandsMax = 32;
const commands = create<readonly StartCommand[]>(() => []);

/** Keeps a command one click away until its token ends. */
export function rememberStartCommand(command: StartCommand): void {
  commands.setState(
    (kept) => [...kept.filter((other) => !isSame(other, command)), command].slice(-commandsMax),
    true,
  );
}

function isSame(a: StartCommand, b: StartCommand): boolean {
  return a.cluster === b.cluster && a.id === b.id;
}

/** All commands kept. */
export function useStartCommands(): readonly StartCommand[] {
  return commands();
}

/** A member's start command; undefined if there is none or its token has ended. */
export function startCommandOf(
  kept: readonly StartCommand[],
  cluster: string,
  id: MemberId,
): string | undefined {
  const found = kept.find((command) => command.cluster === cluster && command.id === id);
  if (found === undefined || (found.expiresAt !== null && found.expiresAt <= Date.now())) return undefined;
  return found.command;
}
