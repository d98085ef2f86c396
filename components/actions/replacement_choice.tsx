"use client";

import { RadioGroup } from "radix-ui";
import { useNames } from "../../client/use_store";
import type { MemberId } from "../../protocol/membership";
import type { MemberStatus } from "../../protocol/status";
import { useClusterName } from "../shell/cluster_context";

/** Who takes the vote: a node still to be added, or a learner of the cluster. */
export type Replacement = { readonly kind: "new" } | { readonly kind: "learner"; readonly id: MemberId };

const kinds = [
  { kind: "new", label: "A new node" },
  { kind: "learner", label: "A learner of this cluster" },
] as const;

/** Chooses the replacement; shown where there is a learner to choose. */
export function ReplacementChoice(props: {
  learners: readonly MemberStatus[];
  value: Replacement;
  onChange: (value: Replacement) => void;
  off: boolean;
}) {
  const { learners, value, onChange, off } = props;
  const nameOf = useNames(useClusterName());
  const [first] = learners;
  if (first === undefined) return null;
  return (
    <div className="flex flex-col gap-1">
      <RadioGroup.Root
        aria-label="Replace it by"
        value={value.kind}
        disabled={off}
        onValueChange={(kind) => onChange(kind === "new" ? { kind } : { kind: "learner", id: first.id })}
        className="flex flex-wrap gap-x-6"
      >
        {kinds.map(({ kind, label }) => (
          <span key={kind} className="flex min-h-8 items-center gap-2 max-wide:min-h-11">
            <RadioGroup.Item
              id={`by-${kind}`}
              value={kind}
              className="flex size-4 shrink-0 items-center justify-center rounded-full border border-control"
            >
              <RadioGroup.Indicator className="size-2 rounded-full bg-ink" />
            </RadioGroup.Item>
            <label htmlFor={`by-${kind}`}>{label}</label>
          </span>
        ))}
      </RadioGroup.Root>
      {value.kind === "learner" && (
        <select
          aria-label="Learner"
          value={value.id}
          disabled={off}
          onChange={(event) => onChange({ kind: "learner", id: event.target.value })}
          className="h-8 max-w-72 rounded-control border border-control bg-surface px-2 font-mono max-wide:h-11"
        >
          {learners.map(({ id, health }) => (
            <option key={id} value={id}>
              {nameOf(id)} - {health.word}
            </option>
          ))}
        </select>
      )}
    </div>
  );
}
