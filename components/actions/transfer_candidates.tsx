"use client";

import { RadioGroup } from "radix-ui";
import type { TransferCandidate } from "../../protocol/assess";
import type { MemberId } from "../../protocol/membership";

/** The voters that could lead, with how far behind each is; one that cannot says why. */
export function Candidates({
  candidates,
  value,
  onChange,
  off,
}: {
  candidates: readonly TransferCandidate[];
  value: MemberId | undefined;
  onChange: (id: MemberId) => void;
  off: boolean;
}) {
  return (
    <RadioGroup.Root
      aria-label="New leader"
      value={value ?? ""}
      onValueChange={onChange}
      disabled={off}
      className="rounded-panel border border-line"
    >
      {candidates.map((candidate) => (
        <div
          key={candidate.id}
          className="flex min-h-9 items-center gap-3 border-line border-t px-3 first:border-t-0 max-wide:min-h-11"
        >
          <RadioGroup.Item
            id={`leader-${candidate.id}`}
            value={candidate.id}
            disabled={!candidate.ok}
            className="flex size-4 shrink-0 items-center justify-center rounded-full border border-control disabled:border-line disabled:bg-raised"
          >
            <RadioGroup.Indicator className="size-2 rounded-full bg-ink" />
          </RadioGroup.Item>
          <label
            htmlFor={`leader-${candidate.id}`}
            className={`flex flex-1 justify-between gap-4 py-1 ${candidate.ok ? "" : "text-muted"}`}
          >
            <span className="font-mono">{candidate.name}</span>
            <span className="text-muted">{candidate.reason ?? candidate.lag}</span>
          </label>
        </div>
      ))}
      {candidates.length === 0 && <p className="px-3 py-2 text-secondary">There is no other voter.</p>}
    </RadioGroup.Root>
  );
}
