"use client";

import { useEffect, useState } from "react";
import { pageActions } from "../../client/actions";
import { type AddLearnerBody, addressSchema, memberNameSchema } from "../../protocol/api";
import { type MemberId, memberIdSchema } from "../../protocol/membership";
import type { Problem } from "../../protocol/problem";

/** Where the learner's process will run. */
export type Place = "here" | "elsewhere";

/** The fields of the form, as text. */
export interface LearnerFields {
  readonly name: string;
  readonly id: string;
  readonly address: string;
}
export type LearnerField = keyof LearnerFields;

const schemas = { name: memberNameSchema, id: memberIdSchema, address: addressSchema };
const none: LearnerFields = { name: "", id: "", address: "" };

/** What this machine would pick for the next learner. Empty until the answer is there. */
function useProposal(cluster: string): LearnerFields {
  const [proposal, setProposal] = useState(none);
  // External system: the console's API.
  useEffect(() => {
    let wanted = true;
    void pageActions()
      .nextLearner(cluster)
      .then((answer) => {
        if (!wanted || !answer.ok) return;
        setProposal({ ...answer.value, address: answer.value.address ?? "" });
      });
    return () => {
      wanted = false;
    };
  }, [cluster]);
  return proposal;
}

/** The form's state: what was proposed, what the operator made of it, and what is wrong with it. */
export interface LearnerForm {
  readonly fields: LearnerFields;
  set(field: LearnerField, text: string): void;
  /** Puts the next free id in the place of a refused one. */
  takeId(id: MemberId): void;
  errors(problem: Problem | null): Partial<Record<LearnerField, string>>;
  readonly complete: boolean;
  body(place: Place): AddLearnerBody;
}

/** Fields left untouched follow the proposal; a field is judged once it was touched. */
export function useLearnerForm(cluster: string, place: Place): LearnerForm {
  const proposal = useProposal(cluster);
  const [edited, setEdited] = useState<Partial<LearnerFields>>({});
  // An address picked for this machine means nothing on another one.
  const proposed = place === "here" ? proposal : { ...proposal, address: "" };
  const fields = { ...proposed, ...edited };
  const fault = (field: LearnerField) => schemas[field].safeParse(fields[field]).error?.issues[0]?.message;
  const names: readonly LearnerField[] = ["name", "id", "address"];
  return {
    fields,
    set: (field, text) => setEdited({ ...edited, [field]: text.trim() }),
    takeId: (id) => setEdited({ ...edited, id }),
    errors(problem) {
      const errors: Partial<Record<LearnerField, string>> = {};
      for (const field of names) {
        const message = edited[field] === undefined ? undefined : fault(field);
        if (message !== undefined) errors[field] = `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
        if (problem?.field === field) errors[field] = problem.detail;
      }
      return errors;
    },
    complete: names.every((field) => fault(field) === undefined),
    body: (where) => ({ ...fields, ...(where === "here" ? { start: "local" as const } : {}) }),
  };
}
