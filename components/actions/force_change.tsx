import type { Assessment } from "../../protocol/assess";
import { Notice } from "../ui/notice";
import { type TypedVerb, TypeName } from "./type_name";

/** Where the console was started to allow it: what forcing a refused change means, and the name to type for it. */
export function ForceChange(props: {
  force: NonNullable<Assessment["force"]>;
  verb: TypedVerb;
  value: string;
  onChange: (value: string) => void;
}) {
  const { force, verb, value, onChange } = props;
  return (
    <div className="flex flex-col gap-3 border-line border-t pt-4">
      <Notice state="lost">
        This console allows unsafe changes. {force.sentence} It is recorded in the history.
      </Notice>
      <TypeName name={force.typeName} verb={verb} value={value} onChange={onChange} forced />
    </div>
  );
}
