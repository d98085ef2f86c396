"use client";

import { RadioGroup } from "radix-ui";
import type { ReactNode } from "react";
import type { Problem } from "../../protocol/problem";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import type { LearnerField, LearnerForm, Place } from "./learner_form";

const places: readonly { place: Place; label: string }[] = [
  { place: "here", label: "Start it on this machine" },
  { place: "elsewhere", label: "I start it myself" },
];

function Choice(props: {
  group: string;
  value: string;
  label: string;
  note?: string | undefined;
  /** Why it cannot be chosen. */
  reason?: string | undefined;
}) {
  const { group, value, label, reason } = props;
  const note = reason ?? props.note;
  const id = `${group}-${value}`;
  return (
    <div className="flex min-h-8 items-start gap-2">
      <RadioGroup.Item
        id={id}
        value={value}
        disabled={reason !== undefined}
        {...(note === undefined ? {} : { "aria-describedby": `${id}-note` })}
        className="mt-0.5 flex size-4 shrink-0 items-center justify-center rounded-full border border-control disabled:border-line disabled:bg-raised"
      >
        <RadioGroup.Indicator className="size-2 rounded-full bg-ink" />
      </RadioGroup.Item>
      <div className={reason === undefined ? "" : "text-muted"}>
        <label htmlFor={id}>{label}</label>
        {note !== undefined && (
          <p id={`${id}-note`} className="text-muted text-small">
            {note}
          </p>
        )}
      </div>
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

/** What it may become, where the cluster knows several kinds. */
function Kinds({ form, off }: { form: LearnerForm; off: boolean }): ReactNode {
  const { kinds } = form.traits;
  if (kinds.length === 0 || form.kind === undefined) return null;
  return (
    <RadioGroup.Root
      aria-label="Kind of learner"
      value={form.kind}
      disabled={off}
      onValueChange={(value) => {
        const kind = kinds.find((one) => one.value === value);
        if (kind !== undefined) form.setKind(kind.value);
      }}
      className="flex flex-col gap-1"
    >
      {kinds.map(({ value, label, explanation }) => (
        <Choice key={value} group="kind" value={value} label={label} note={explanation} />
      ))}
    </RadioGroup.Root>
  );
}

/** Where the learner runs; nothing, where there is no choice. */
function PlaceChoice({ form, off }: { form: LearnerForm; off: boolean }): ReactNode {
  if (form.neverHere) return null;
  return (
    <RadioGroup.Root
      aria-label="Where it runs"
      value={form.place}
      onValueChange={(value) => form.setPlace(value === "here" ? "here" : "elsewhere")}
      disabled={off}
    >
      {places.map(({ place, label }) => (
        <Choice
          key={place}
          group="place"
          value={place}
          label={label}
          reason={place === "here" ? form.notHere : undefined}
        />
      ))}
    </RadioGroup.Root>
  );
}

/**
 * Where the learner runs, and what it is called. What was picked for it can be changed. `problem`: why the last attempt did nothing, said
 * at the field it is about.
 */
export function LearnerFieldsets(props: { form: LearnerForm; problem: Problem | null; off: boolean }) {
  const { form, problem, off } = props;
  const errors = form.errors(problem);
  const field = (name: LearnerField) => ({
    value: form.fields[name],
    error: errors[name],
    disabled: off,
    onChange: (event: { target: { value: string } }) => form.set(name, event.target.value),
  });
  const has = (name: LearnerField) => form.shown.includes(name);
  return (
    <div className="flex flex-col gap-3">
      <PlaceChoice form={form} off={off} />
      <div className="grid grid-cols-2 gap-3">
        {has("name") && <Field label="Name" className={has("id") ? "" : "col-span-2"} {...field("name")} />}
        {has("id") && (
          <Field
            label="Id"
            className={has("name") ? "" : "col-span-2"}
            inputMode="numeric"
            {...field("id")}
          />
        )}
        {has("address") && (
          <Field label="Address" className="col-span-2" placeholder="host:port" {...field("address")} />
        )}
        {has("peerUrls") && (
          <Field
            label="Peer URLs"
            className="col-span-2"
            placeholder="http://host:2380"
            hint="Where the other members dial it; several with commas between. A wrong one cannot be reached and has to be removed again."
            {...field("peerUrls")}
          />
        )}
      </div>
      {form.traits.id === "assigned" && <p className="text-muted text-small">The cluster assigns its id.</p>}
      <Kinds form={form} off={off} />
      <IdHint form={form} nextFreeId={problem?.nextFreeId} />
    </div>
  );
}
