import { idWords, parseHexId } from "../../protocol/member_ids";
import { memberIdSchema } from "../../protocol/membership";
import { problem } from "../../protocol/problem";
import type { Capabilities, ClusterStatus } from "../../protocol/status";
import { listWords, namesOf } from "../../protocol/words";
import { nearest } from "../config/nearest";
import type { Trouble } from "../consoles/session";
import type { OperandSpec } from "./arguments";

/** A member, by id or name. */
export const memberOperand: OperandSpec = {
  name: "MEMBER",
  help: "The member's name or id; etcd's ids in hex or decimal.",
  check: (text) =>
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(text) ? undefined : "must be a member's name or id",
};

/** The id that a word means. An id that nobody has is passed on: the cluster says what became of it. */
export function memberId(
  word: string,
  {
    status: { members },
    capabilities: { idFormat },
  }: {
    readonly status: Pick<ClusterStatus, "members">;
    readonly capabilities: Pick<Capabilities, "idFormat">;
  },
): string | Trouble {
  const named = members.filter((member) => member.name === word);
  const hex = idFormat === "hex" ? parseHexId(word) : undefined;
  const decimal = members.find((member) => member.id === word);
  const byId = decimal ?? members.find((member) => member.id === hex);
  if (decimal !== undefined && members.some(({ id }) => id === hex && id !== decimal.id)) {
    const text = `${word} is one id in hex and another in decimal; use a name, or write 0x before a hex id.`;
    return { kind: "usage", text };
  }
  const [first, second] = named;
  if (second !== undefined) {
    return { kind: "usage", text: `Several members are named ${word}; use the id.` };
  }
  if (first !== undefined && byId !== undefined && first.id !== byId.id) {
    const text = `${word} is the name of id ${idWords(first.id, idFormat)} and the id of ${byId.name}; use the other word.`;
    return { kind: "usage", text };
  }
  const found = byId ?? first;
  if (found !== undefined) return found.id;
  const id = hex !== undefined && looksHashed(word) ? hex : word;
  if (memberIdSchema.safeParse(id).success) return id;
  const names = members.map((member) => namesOf(members)(member.id));
  const like = nearest(word, names);
  const hint = like === undefined ? `Members are ${listWords(names, "and")}.` : `Did you mean ${like}?`;
  return { kind: "problem", problem: problem("not-a-member", `${word} is no member's name or id. ${hint}`) };
}

/** Whether a word that is nobody's can only be meant as an id in hex: "e4" is a name that was mistyped. */
function looksHashed(word: string): boolean {
  return /^0x/i.test(word) || word.length >= 12;
}
