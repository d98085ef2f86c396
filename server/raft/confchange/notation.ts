import type { ConfChangeSingle, ConfChangeType, ConfState } from "../types";

const LETTERS: Readonly<Record<ConfChangeType, string>> = {
  "add-node": "v",
  "add-learner-node": "l",
  "remove-node": "r",
  "update-node": "u",
};

/** Changes in short: "v1 l2 r3 u4" makes 1 a voter, 2 a learner, removes 3 and updates 4. */
export function describeChanges(changes: readonly ConfChangeSingle[]): string {
  return changes.map((change) => `${LETTERS[change.type]}${change.nodeId}`).join(" ");
}

/** The reverse of describeChanges; an error text when a token is none of it. Empty text: no changes. */
export function parseChanges(text: string): readonly ConfChangeSingle[] | string {
  const changes: ConfChangeSingle[] = [];
  for (const token of text.split(/\s+/).filter((part) => part !== "")) {
    const type = (Object.keys(LETTERS) as ConfChangeType[]).find((key) => LETTERS[key] === token[0]);
    if (type === undefined || !/^.\d+$/.test(token)) return `unknown input: ${token}`;
    changes.push({ type, nodeId: Number(token.slice(1)) });
  }
  return changes;
}

/** A configuration in short: "voters=(1 2 3)&&(1) learners=(4) learners_next=(5) autoleave". */
export function describeConfig(config: ConfState): string {
  const list = (ids: readonly number[]) => `(${ids.join(" ")})`;
  let text = `voters=${list(config.voters)}`;
  if (config.votersOutgoing.length > 0) text += `&&${list(config.votersOutgoing)}`;
  if (config.learners.length > 0) text += ` learners=${list(config.learners)}`;
  if (config.learnersNext.length > 0) text += ` learners_next=${list(config.learnersNext)}`;
  if (config.autoLeave) text += " autoleave";
  return text;
}
