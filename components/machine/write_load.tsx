"use client";

import { RadioGroup } from "radix-ui";
import { useState } from "react";
import { machineActions } from "../../client/machine_actions";
import { type Machine, writeLoadRates } from "../../protocol/machine";
import { formatCount, formatDuration } from "../../protocol/words";
import { useForbidden } from "../shell/account";

/** Real replicated no-op entries, so that lag, rate and catch-up are visible; it ends by itself. */
export function WriteLoad(props: { load: Machine["load"]; elapsedMs: number; live: boolean }) {
  const { load, elapsedMs, live } = props;
  const forbidden = useForbidden();
  const [failure, setFailure] = useState<string | null>(null);
  const choose = async (value: string) => {
    const rate = writeLoadRates.find((candidate) => String(candidate) === value);
    if (rate === undefined) return;
    const result = await machineActions().setLoad(rate);
    setFailure(
      result.kind === "refused" || result.kind === "needs-confirmation" ? result.problem.detail : null,
    );
  };
  const note =
    (live ? undefined : "No connection to this console.") ??
    forbidden ??
    failure ??
    load.blocked ??
    (load.endsInMs === null ? null : `ends in ${formatDuration(load.endsInMs - elapsedMs)}`);
  return (
    <span className="ml-auto flex flex-wrap items-center gap-3 text-small">
      {note !== null && <span className="text-muted">{note}</span>}
      <span id="write-load" className="text-secondary">
        Write load
      </span>
      <RadioGroup.Root
        aria-labelledby="write-load"
        value={String(load.ratePerSecond)}
        onValueChange={(value) => void choose(value)}
        orientation="horizontal"
        disabled={!live || forbidden !== undefined}
        className="flex overflow-clip rounded-control border border-control"
      >
        {writeLoadRates.map((rate) => (
          <RadioGroup.Item
            key={rate}
            value={String(rate)}
            className="h-[26px] border-control px-2.5 text-secondary not-first:border-l enabled:hover:bg-raised disabled:cursor-not-allowed disabled:text-muted data-[state=checked]:bg-ink data-[state=checked]:text-surface data-[state=checked]:hover:bg-ink disabled:data-[state=checked]:bg-control disabled:data-[state=checked]:text-surface max-wide:h-[42px]"
          >
            {rate === 0 ? "Off" : `${formatCount(rate)}/s`}
          </RadioGroup.Item>
        ))}
      </RadioGroup.Root>
    </span>
  );
}
