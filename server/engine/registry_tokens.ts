import type { NodeId } from "../raft/types";
import type { KnownMembers } from "./change_rules";
import type { CommandResult, RegistryCommand } from "./payload";
import type { RegistryState } from "./registry_codec";

/** Tokens kept; the oldest go first, on every node alike. */
const TOKENS_MAX = 256;

/** Binds an id to the data directory that first spoke for it; another one is refused from then on. */
export function bindDirectory(
  state: RegistryState,
  registry: KnownMembers,
  id: NodeId,
  uuid: string,
): CommandResult {
  const member = registry.member(id);
  if (member === undefined || registry.retiredAt(id) !== undefined)
    return { kind: "refused", reason: `id ${id} is not a member` };
  if (member.uuid !== "" && member.uuid !== uuid)
    return { kind: "refused", reason: `id ${id} belongs to another data directory` };
  state.members.set(id, { ...member, uuid });
  return { kind: "done" };
}

/** Keeps a new join token. */
export function mintToken(
  { tokens }: RegistryState,
  { tokenId, id, key, expires }: Extract<RegistryCommand, { kind: "mint-token" }>,
): CommandResult {
  const oldest = tokens.keys().next();
  if (tokens.size >= TOKENS_MAX && oldest.done !== true) tokens.delete(oldest.value);
  tokens.set(tokenId, { id, key, expires, uuid: "" });
  return { kind: "done" };
}

/** Single use: the first directory that redeems a token owns it; its repeats get the same answer, another's are refused. */
export function redeemToken(
  state: RegistryState,
  registry: KnownMembers,
  { tokenId, uuid, time }: Extract<RegistryCommand, { kind: "redeem-token" }>,
): CommandResult {
  const token = state.tokens.get(tokenId);
  if (token === undefined) return { kind: "refused", reason: "the join token is not known here" };
  if (time > token.expires)
    return { kind: "refused", reason: "the join token has expired; ask for a new one" };
  if (token.uuid !== "" && token.uuid !== uuid)
    return { kind: "refused", reason: "the join token was used already" };
  const bound = bindDirectory(state, registry, token.id, uuid);
  if (bound.kind === "refused") return bound;
  state.tokens.set(tokenId, { ...token, uuid });
  const member = registry.member(token.id);
  return member === undefined
    ? { kind: "refused", reason: "not a member" }
    : { kind: "redeemed", id: token.id, member };
}
