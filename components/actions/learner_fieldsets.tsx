"use client";

import { RadioGroup } from "radix-ui";
import type { ReactNode } from "react";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import type { LearnerField, LearnerForm, Place } from "./learner_form";

const places: readonly { place: Place; label: string }[] = [
  { place: "here", label: "Start it on this machine" },
  { place: "elsewhere", label: "I start it myself" },
];

function PlaceChoice({ place, label, reason }: { place: Place; label: string; reason: string | undefined }) {
  return (
    <div className="flex min-h-8 items-start gap-2">
      <RadioGroup.Item
        id={`place-${place}`}
        value={place}
        disabled={reason !== undefined}
        className="mt-0.5 flex size-4 shrink-0 items-center justify-center rounded-full border border-control disabled:border-line disabled:bg-raised"
      >
        <RadioGroup.Indicator className="size-2 rounded-full bg-ink" />
      </RadioGroup.Item>
      <label htmlFor={`place-${place}`} className={reason === undefined ? "" : "text-muted"}>
        {label}
        {reason !== undefined && <span className="block text-small">{reason}</span>}
      </label>
    </div>
  );
}

function IdHint({ form, nextFreeId }: { form: LearnerForm; nextFreeId: string | undefined }): ReactNode {
  if (nextFreeId === undefined || form.fields.id === nextFreeId) return null;
  return (
    <Button size="small" className="self-start" onClick={() => form.takeId(nextFreeId)}>
      Use id {nextFreeId}
    </Button>
  );
}

/** Where the learner runs, and what it is called. What was picked for it can be changed. */
export function LearnerFieldsets(props: {
  form: LearnerForm;
  errors: Partial<Record<LearnerField, string>>;
  nextFreeId: string | undefined;
  place: Place;
  onPlace: (place: Place) => void;
  /** Why it cannot be started on this machine. */
  notHere: string | undefined;
  off: boolean;
}) {
  const { form, errors, place } = props;
  const field = (name: LearnerField) => ({
    value: form.fields[name],
    error: errors[name],
    disabled: props.off,
    onChange: (event: { target: { value: string } }) => form.set(name, event.target.value),
  });
  return (
    <div className="flex flex-col gap-3">
      <RadioGroup.Root
        aria-label="Where it runs"
        value={place}
        onValueChange={(value) => props.onPlace(value === "here" ? "here" : "elsewhere")}
        disabled={props.off}
      >
        {places.map((choice) => (
          <PlaceChoice
            key={choice.place}
            {...choice}
            reason={choice.place === "here" ? props.notHere : undefined}
          />
        ))}
      </RadioGroup.Root>
      <div className="grid grid-cols-2 gap-3">
        <Field label="Name" {...field("name")} />
        <Field label="Id" inputMode="numeric" {...field("id")} />
        <Field label="Address" className="col-span-2" placeholder="host:port" {...field("address")} />
      </div>
      <IdHint form={form} nextFreeId={props.nextFreeId} />
    </div>
  );
}
