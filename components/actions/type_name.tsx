import { Field } from "../ui/field";

const verbs = { remove: "remove", demote: "demote", promote: "promote", replace: "replace" } as const;

/** Friction where tolerance falls to nothing or the leader goes: the name, typed. */
export function TypeName({
  name,
  verb,
  value,
  onChange,
}: {
  name: string;
  verb: keyof typeof verbs;
  value: string;
  onChange: (value: string) => void;
}) {
  return (
    <Field
      label={
        <>
          Type <span className="font-mono text-ink">{name}</span> to {verbs[verb]} it
        </>
      }
      data-first-focus=""
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className="max-w-72"
    />
  );
}
