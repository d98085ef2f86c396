"use client";

import { useEffect, useState } from "react";
import { pageActions } from "../../client/actions";
import { useCluster } from "../../client/use_store";
import {
  type AddLearnerBody,
  addressSchema,
  type MemberChange,
  memberNameSchema,
  peerUrlsSchema,
} from "../../protocol/api";
import { type MemberId, memberIdSchema } from "../../protocol/membership";
import type { Problem } from "../../protocol/problem";
import type { LearnerForm as LearnerTraits } from "../../protocol/status";
import type { CommandedChange } from "../../protocol/words";
import { incapable } from "../membership/row_actions";
import { useClusterName } from "../shell/cluster_context";

/** Where the learner's process will run. */
export type Place = "here" | "elsewhere";

/** The fields of the form, as text. */
export interface LearnerFields {
  readonly name: string;
  readonly id: string;
  readonly address: string;
  /** One or more, with commas or spaces between. */
  readonly peerUrls: string;
}
export type LearnerField = keyof LearnerFields;

/** What a learner may become. */
export type LearnerKind = LearnerTraits["kinds"][number]["value"];

const none: LearnerFields = { name: "", id: "", address: "", peerUrls: "" };
const plain: LearnerTraits = { id: "chosen", address: "host-port", kinds: [] };

/** The URLs of a field. */
export function splitUrls(text: string): string[] {
  return text.split(/[\s,]+/).filter((url) => url !== "");
}

/** Why a field cannot be used; undefined: it can. */
export function fieldFault(field: LearnerField, text: string): string | undefined {
  const result =
    field === "peerUrls"
      ? peerUrlsSchema.safeParse(splitUrls(text))
      : { name: memberNameSchema, id: memberIdSchema, address: addressSchema }[field].safeParse(text);
  const [issue] = result.error?.issues ?? [];
  if (issue === undefined) return undefined;
  return field === "peerUrls" && text === ""
    ? "a peer URL is http://host:port or https://host:port"
    : issue.message;
}

/** The fields that a kind of cluster describes a learner by. */
function fieldsOf(traits: LearnerTraits): readonly LearnerField[] {
  return [
    ...(traits.unnamed === true ? [] : (["name"] as const)),
    ...(traits.id === "chosen" ? (["id"] as const) : []),
    traits.address === "peer-urls" ? "peerUrls" : "address",
  ];
}

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
        setProposal({ ...none, ...answer.value, address: answer.value.address ?? "" });
      });
    return () => {
      wanted = false;
    };
  }, [cluster]);
  return proposal;
}

/** The form's state: what was proposed, what the operator made of it, what is wrong with it, and where the learner will run. */
export interface LearnerForm {
  /** How this cluster describes a learner. */
  readonly traits: LearnerTraits;
  /** The fields that are shown. */
  readonly shown: readonly LearnerField[];
  readonly fields: LearnerFields;
  /** Undefined where there is only one kind. */
  readonly kind: LearnerKind | undefined;
  /** The id it will have. 0 stands for one that is not known yet: no member ever has it. */
  readonly id: MemberId;
  readonly place: Place;
  /** Why it cannot be started on this machine; undefined: it can. */
  readonly notHere: string | undefined;
  /** Nothing is ever started from here: there is no place to choose. */
  readonly neverHere: boolean;
  setPlace(place: Place): void;
  set(field: LearnerField, text: string): void;
  setKind(kind: LearnerKind): void;
  /** Puts the next free id in the place of a refused one. */
  takeId(id: MemberId): void;
  errors(problem: Problem | null): Partial<Record<LearnerField, string>>;
  readonly complete: boolean;
  /** Nothing was edited: it is what this machine would pick. */
  readonly asProposed: boolean;
  body(): AddLearnerBody;
}

/** Fields left untouched follow the proposal; a field is judged once it was touched. */
export function useLearnerForm(): LearnerForm {
  const cluster = useClusterName();
  const capabilities = useCluster(cluster, (session) => session.hello?.capabilities);
  const machine = useCluster(cluster, (session) => session.hello?.machine);
  const traits = capabilities?.learner ?? plain;
  const notHere = incapable(capabilities?.startHere);
  const [chosenPlace, setPlace] = useState<Place>("here");
  const place = notHere === undefined ? chosenPlace : "elsewhere";
  const proposal = useProposal(cluster);
  const [edited, setEdited] = useState<Partial<LearnerFields>>({});
  const [chosenKind, setKind] = useState<LearnerKind>();
  // An address picked for this machine means nothing on another one.
  const proposed = place === "here" ? proposal : { ...proposal, address: "" };
  const fields = { ...proposed, ...edited };
  const shown = fieldsOf(traits);
  const kind = traits.kinds.find(({ value }) => value === chosenKind)?.value ?? traits.kinds[0]?.value;
  return {
    traits,
    shown,
    fields,
    kind,
    id: traits.id === "chosen" && fields.id !== "" ? fields.id : "0",
    place,
    notHere,
    neverHere: machine === false && notHere !== undefined,
    setPlace,
    set: (field, text) => setEdited({ ...edited, [field]: field === "peerUrls" ? text : text.trim() }),
    setKind,
    takeId: (id) => setEdited({ ...edited, id }),
    errors(problem) {
      const errors: Partial<Record<LearnerField, string>> = {};
      for (const field of shown) {
        const message = edited[field] === undefined ? undefined : fieldFault(field, fields[field]);
        if (message !== undefined) errors[field] = `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
        // A list is refused by the place of one of its parts.
        if (problem?.field?.split(".")[0] === field) errors[field] = problem.detail;
      }
      return errors;
    },
    complete: shown.every((field) => fieldFault(field, fields[field]) === undefined),
    asProposed: Object.keys(edited).length === 0,
    body: () => ({
      ...(traits.unnamed === true ? {} : { name: fields.name }),
      ...(traits.id === "chosen" ? { id: fields.id } : {}),
      ...(traits.address === "peer-urls"
        ? { peerUrls: splitUrls(fields.peerUrls) }
        : { address: fields.address }),
      ...(kind === undefined ? {} : { learnerKind: kind }),
      ...(place === "here" ? { start: "local" as const } : {}),
    }),
  };
}

/** The change that adds a learner. */
export type Addition = Extract<MemberChange, { kind: "add-learner" }>;

/** What a form asks for. */
export function additionOf(form: LearnerForm): Addition {
  const { name, address } = form.body();
  return { kind: "add-learner", id: form.id, name, address };
}

/** What the command line is told: the same as the request's body. */
export function commandedAddition(form: LearnerForm): CommandedChange & Addition {
  return { ...form.body(), kind: "add-learner", id: form.id, assigned: form.traits.id === "assigned" };
}
