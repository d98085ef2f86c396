import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import type { NodeId } from "../raft/types";
import { joiningUuid } from "../storage";
import { requestJoin } from "../transport/join";
import { formNode } from "./form";
import { joinRequest, openWelcome, parseJoinToken } from "./join_tokens";
import type { StartFault } from "./types";

/** How long the exchange may take (ms). */
const JOIN_MS = 15_000;

/** How a node becomes the learner its token was made for. */
export interface JoinOptions {
  readonly dataDir: string;
  /** host:port where any member listens for peers. */
  readonly contact: string;
  readonly token: string;
}

/**
 * Redeems a join token and makes the data directory. The token proves itself without crossing the wire; the cluster's secret comes
 * back sealed. Repeatable: the directory's UUID is durable before the token is used up, so a lost answer can be asked for again.
 */
export async function redeemJoinToken(
  options: JoinOptions,
): Promise<{ readonly id: NodeId; readonly clusterId: string } | StartFault> {
  const { dataDir, contact } = options;
  const token = parseJoinToken(options.token);
  if (token === undefined)
    return {
      kind: "join-refused",
      message: "The join token is not one: copy it whole, it begins with rollcall1.",
    };
  let uuid: string;
  try {
    uuid = joiningUuid(resolve(dataDir));
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { kind: "io", message: `${dataDir} cannot be used: ${detail}.` };
  }
  const nonce = randomBytes(16).toString("hex");
  const answer = await requestJoin(contact, joinRequest(token, uuid, nonce), JOIN_MS);
  if (!(answer instanceof Uint8Array)) {
    return {
      kind: "unreachable",
      message: `No node answered at ${contact}: ${answer.detail}. Check the address, then try again with the same token.`,
    };
  }
  const welcome = openWelcome(token, nonce, answer);
  if ("kind" in welcome)
    return {
      kind: "join-refused",
      message: `The cluster at ${contact} turned the join down: ${welcome.reason}.`,
    };
  const { id, clusterId, secret, name, address, contacts } = welcome;
  const fault = await formNode({
    dataDir,
    clusterId,
    secret,
    id,
    name,
    address,
    uuid,
    start: { kind: "join", contacts },
  });
  return fault ?? { id, clusterId };
}
