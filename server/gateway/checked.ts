import type { z } from "zod";
import { type Problem, problem } from "../../protocol/problem";

/** Something that was looked at before use: the value, or what is wrong with it. */
export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Problem };

export function accepted<T>(value: T): Checked<T> {
  return { ok: true, value };
}

export function rejected(reason: Problem): { readonly ok: false; readonly problem: Problem } {
  return { ok: false, problem: reason };
}

/** Holds a value against a schema; the problem names the first offending field. `where`: put before its name. */
export function check<S extends z.ZodType>(schema: S, value: unknown, where = ""): Checked<z.output<S>> {
  const result = schema.safeParse(value);
  return result.success ? accepted(result.data) : rejected(badInput(result.error, where));
}

function badInput(error: z.ZodError, where: string): Problem {
  const [issue] = error.issues;
  if (issue === undefined) return problem("bad-input", "The request is not acceptable.");
  const path = [...(where === "" ? [] : [where]), ...issue.path.map(String)];
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    const field = [...path, key].join(".");
    return problem("bad-input", `There is no field ${JSON.stringify(field)} here.`, { field });
  }
  const field = path.join(".");
  if (field === "") return problem("bad-input", `The body is not acceptable: ${issue.message}.`);
  return problem("bad-input", `The field ${JSON.stringify(field)} is not acceptable: ${issue.message}.`, {
    field,
  });
}
