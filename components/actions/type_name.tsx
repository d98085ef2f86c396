import { Field } from "../ui/field";

/** What is done to the member whose name is typed. */
export type TypedVerb = "remove" | "demote" | "promote" | "replace";

/** Friction where tolerance falls to nothing or the leader goes: the name, typed. */
export function TypeName({
  name,
  verb,
  value,
  onChange,
  forced = false,
}: {
  name: string;
  verb: TypedVerb;
  value: string;
  onChange: (value: string) => void;
  /** Although it loses quorum. Nobody's first thought: the focus stays on the dialog. */
  forced?: boolean;
}) {
  return (
    <Field
      label={
        <>
          Type <span className="font-mono text-ink">{name}</span> to {verb} it{forced && " all the same"}
        </>
      }
      {...(forced ? {} : { "data-first-focus": "" })}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className="max-w-72"
    />
  );
}
