"use client";

import { create } from "zustand";
import type { ChangedAnswer } from "../../protocol/api";
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

/** Keeps the command that starts a new learner, where it has one, one click away until its token ends. */
export function rememberStartCommand(cluster: string, learner: NonNullable<ChangedAnswer["learner"]>): void {
  const { id, command, tokenExpiresInMs } = learner;
  if (command === undefined) return;
  const expiresAt = tokenExpiresInMs === undefined ? null : Date.now() + tokenExpiresInMs;
  commands.setState(
    (kept) =>
      [
        ...kept.filter((other) => other.cluster !== cluster || other.id !== id),
        { cluster, id, command, expiresAt },
      ].slice(-commandsMax),
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
  if (found === undefined || (found.expiresAt !== null && found.expiresAt <= Date.now())) return undefined;
  return found.command;
}
