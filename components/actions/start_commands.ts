"use client";

import { create } from "zustand";
import type { MemberId } from "../../protocol/membership";

interface StartCommand {
  readonly cluster: string;
  readonly id: MemberId;
  readonly command: string;
  /** When its token ends, ms on this browser's clock. */
  readonly expiresAt: number;
}

/** Start commands of learners added in this page. They hold a join token, so they live in memory only, and few. */
const commandsMax = 32;
const commands = create<readonly StartCommand[]>(() => []);

/** Keeps a command one click away until its token ends. */
export function rememberStartCommand(command: StartCommand): void {
  commands.setState(
    (kept) => [...kept.filter((other) => other.id !== command.id), command].slice(-commandsMax),
    true,
  );
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
  return found !== undefined && found.expiresAt > Date.now() ? found.command : undefined;
}
