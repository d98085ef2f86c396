import type { Entry, Message } from "../server/raft/types";
import type { LogModel } from "./ledger";
import type { Random } from "./random";

/** Entries that an append begins earlier than it had to, at most. */
const BACK_MAX = 8;

/**
 * An append that `log`'s leader may send as well as `message`: it begins there or further back, and ends earlier, perhaps without
 * any entry, as the heartbeats of the paper do. Our leaders begin where the logs part and send what comes next at once; a follower
 * must not rely on that. Undefined: there is none, or the entries are not kept.
 */
export function earlierAppend(log: LogModel, message: Message, random: Random): Message | undefined {
  const index = message.index - (random.chance(0.5) ? 0 : random.below(BACK_MAX));
  const last = message.index + message.entries.length;
  const logTerm = log.termAt(index);
  if (index >= last || index < log.base.index || logTerm === undefined) return undefined;
  const entries: Entry[] = [];
  const end = index + random.below(last - index);
  for (let at = index + 1; at <= end; at += 1) {
    const place = log.at(at);
    if (place === undefined) return undefined;
    entries.push({ index: at, term: place.term, type: place.type, data: place.data });
  }
  return { ...message, index, logTerm, entries };
}
