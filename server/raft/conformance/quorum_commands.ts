import { committedIndex, describeAcked, describeIndex, voteResult, voterIds } from "../quorum/index";
import type { NodeId } from "../types";
import { Arguments } from "./arguments";
import { type Directive, UsageError } from "./datadriven";

/** What replays one kind of scenario file; it keeps the state that carries from command to command. */
export interface Commands {
  /** Runs one command and returns what it prints. Throws UsageError when the command is used wrongly. */
  run(directive: Directive): string;
}

const RESULT_NAMES = { won: "VoteWon", lost: "VoteLost", pending: "VotePending" } as const;

/**
 * `committed cfg=(1,2) cfgj=(2,3) idx=(_,5,7)` and `vote cfg=(1,2) votes=(y,_)`. The values stand for the voters in the
 * order in which they first appear in cfg and cfgj; "_" is a voter that said nothing. `cfgj=zero` is an empty second half.
 */
export class QuorumCommands implements Commands {
  static readonly names: ReadonlySet<string> = new Set(["committed", "vote"]);

  run({ command, args, input }: Directive): string {
    const given = new Arguments(args);
    if (input.trim() !== "") throw new UsageError(`"${command}" takes no input`);
    const incoming = readIds(given, "cfg");
    const outgoing = readIds(given, "cfgj");
    const order = [...new Set([...incoming, ...outgoing])];
    const voters = { incoming: ascending(incoming), outgoing: ascending(outgoing) };
    if (command === "committed") {
      const acked = readValues(given, "idx", order, (value) => {
        if (!/^\d+$/.test(value)) throw new UsageError(`not an index: ${value}`);
        return Number(value);
      });
      const lookup = (id: NodeId) => acked.get(id);
      const index = committedIndex(voters, lookup);
      const mirrored = committedIndex({ incoming: voters.outgoing, outgoing: voters.incoming }, lookup);
      const suffix = mirrored === index ? "" : `${describeIndex(mirrored)} <-- with the halves swapped\n`;
      return `${describeAcked(voterIds(voters), lookup)}${describeIndex(index)}\n${suffix}`;
    }
    const votes = readValues(given, "votes", order, (value) => {
      if (value !== "y" && value !== "n") throw new UsageError(`a vote is y, n or _, not ${value}`);
      return value === "y";
    });
    const lookup = (id: NodeId) => votes.get(id);
    const result = voteResult(voters, lookup);
    const mirrored = voteResult({ incoming: voters.outgoing, outgoing: voters.incoming }, lookup);
    const suffix = mirrored === result ? "" : `${RESULT_NAMES[mirrored]} <-- with the halves swapped\n`;
    return `${RESULT_NAMES[result]}\n${suffix}`;
  }
}

function readIds(given: Arguments, key: string): readonly NodeId[] {
  const values = given.values(key) ?? [];
  if (values.length === 1 && values[0] === "zero") return [];
  return values.map((value) => {
    if (!/^\d+$/.test(value)) throw new UsageError(`not a node id: ${value}`);
    return Number(value);
  });
}

function readValues<T>(
  given: Arguments,
  key: string,
  order: readonly NodeId[],
  parse: (value: string) => T,
): ReadonlyMap<NodeId, T> {
  const values = given.values(key) ?? [];
  given.done();
  if (values.length > 0 && values.length !== order.length) {
    throw new UsageError(
      `${values.length} values in ${key} for the ${order.length} voters ${order.join(" ")}`,
    );
  }
  const known = new Map<NodeId, T>();
  for (const [i, value] of values.entries()) {
    const id = order[i];
    if (id !== undefined && value !== "_") known.set(id, parse(value));
  }
  return known;
}

function ascending(ids: readonly NodeId[]): readonly NodeId[] {
  return [...new Set(ids)].sort((a, b) => a - b);
}
