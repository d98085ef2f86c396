import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { NodeId } from "../raft/types";
import type { Node } from "./node";
import type { Clock } from "./node_ports";
import { encodeBody, parseBody, type RegistryCommand, type RunCommand } from "./payload";
import type { JoinToken } from "./types";

/** A join token stays good this long (ms). */
const JOIN_TOKEN_MS = 15 * 60 * 1000;
const PREFIX = "rollcall1";

const hex = z
  .string()
  .regex(/^[0-9a-f]*$/)
  .max(16 * 1024);
const joinRequestSchema = z.strictObject({ tokenId: hex, uuid: z.string().max(64), nonce: hex, proof: hex });
const joinAnswerSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("refused"), reason: z.string().max(1024) }),
  z.strictObject({ kind: z.literal("welcome"), iv: hex, sealed: hex, tag: hex }),
]);
const welcomeSchema = z.strictObject({
  clusterId: z.string().min(1).max(128),
  secret: z.string().min(1).max(256),
  id: z.number().int().min(1).max(0xffff_ffff),
  name: z.string().max(64),
  address: z.string().max(262),
  contacts: z
    .array(z.strictObject({ id: z.number().int().min(1), address: z.string().max(262) }))
    .max(100_000),
});
/** What a node needs to become the learner its token was made for. */
export type Welcome = z.infer<typeof welcomeSchema>;
export interface JoinRefusal {
  readonly kind: "refused";
  readonly reason: string;
}

interface ParsedToken {
  readonly tokenId: string;
  readonly key: Buffer;
}

/** Reads a token as the operator pasted it; undefined if it is not one. */
export function parseJoinToken(token: string): ParsedToken | undefined {
  const match = /^rollcall1\.([0-9a-f]{16})\.([0-9a-f]{64})$/.exec(token.trim());
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return { tokenId: match[1], key: deriveKey(match[2]) };
}

/** The cluster keeps only what is derived from a token's secret, so its log does not hold the token. */
function deriveKey(secret: string): Buffer {
  return createHmac("sha256", Buffer.from(secret, "hex")).update("rollcall join prove").digest();
}

function proofOf(key: Buffer, tokenId: string, uuid: string, nonce: string): Buffer {
  return createHmac("sha256", key).update(`${tokenId} ${uuid} ${nonce}`).digest();
}

function sealKey(key: Buffer, nonce: string): Buffer {
  return createHmac("sha256", key).update(`seal ${nonce}`).digest();
}

/** The joining side's request: proves that it holds the token without sending it. */
export function joinRequest(token: ParsedToken, uuid: string, nonce: string): Uint8Array {
  const proof = proofOf(token.key, token.tokenId, uuid, nonce).toString("hex");
  return encodeBody({ tokenId: token.tokenId, uuid, nonce, proof });
}

/** Opens the answer to a join request. */
export function openWelcome(token: ParsedToken, nonce: string, body: Uint8Array): Welcome | JoinRefusal {
  const answer = parseBody(joinAnswerSchema, body);
  if (answer === undefined) return { kind: "refused", reason: "the answer could not be read" };
  if (answer.kind === "refused") return answer;
  try {
    const decipher = createDecipheriv(
      "aes-256-gcm",
      sealKey(token.key, nonce),
      Buffer.from(answer.iv, "hex"),
      // Without it a shorter tag would do, which is easier to guess.
      { authTagLength: 16 },
    );
    decipher.setAuthTag(Buffer.from(answer.tag, "hex"));
    const plain = Buffer.concat([decipher.update(Buffer.from(answer.sealed, "hex")), decipher.final()]);
    return parseBody(welcomeSchema, plain) ?? { kind: "refused", reason: "the answer could not be read" };
  } catch {
    return { kind: "refused", reason: "the answer was not made by a node that knows this token" };
  }
}

interface TokenOptions {
  readonly clusterId: string;
  readonly secret: string | undefined;
  readonly id: NodeId;
}

/** The cluster's side of joining: single-use tokens in the registry, and the exchange that hands out the cluster's secret, sealed. */
export class JoinTokens {
  private readonly options: TokenOptions;
  private readonly clock: Clock;
  private readonly randomBytes: (length: number) => Uint8Array;
  private readonly node: Node;
  private readonly command: RunCommand;

  constructor(
    options: TokenOptions,
    ports: { readonly clock: Clock; readonly randomBytes: (length: number) => Uint8Array },
    node: Node,
    command: RunCommand,
  ) {
    this.options = options;
    this.clock = ports.clock;
    this.randomBytes = ports.randomBytes;
    this.node = node;
    this.command = command;
  }

  async mint(id: NodeId, timeoutMs: number): Promise<JoinToken | undefined> {
    const tokenId = Buffer.from(this.randomBytes(8)).toString("hex");
    const secret = Buffer.from(this.randomBytes(32)).toString("hex");
    const key = deriveKey(secret).toString("hex");
    const expires = Math.floor(this.clock.wall() + JOIN_TOKEN_MS);
    const result = await this.command({ kind: "mint-token", tokenId, key, id, expires }, timeoutMs);
    return result?.kind === "done"
      ? { token: `${PREFIX}.${tokenId}.${secret}`, expiresInMs: JOIN_TOKEN_MS }
      : undefined;
  }

  onJoin(body: Uint8Array, reply: (body: Uint8Array) => void): void {
    const refuse = (reason: string): void => reply(encodeBody({ kind: "refused", reason }));
    const request = parseBody(joinRequestSchema, body);
    const token = request === undefined ? undefined : this.node.registry.token(request.tokenId);
    if (request === undefined || token === undefined || this.options.secret === undefined) {
      refuse("the join token is not known here");
      return;
    }
    const key = Buffer.from(token.key, "hex");
    const proof = Buffer.from(request.proof, "hex");
    const expected = proofOf(key, request.tokenId, request.uuid, request.nonce);
    if (proof.length !== expected.length || !timingSafeEqual(proof, expected)) {
      refuse("the join token is not known here");
      return;
    }
    const command: RegistryCommand = {
      kind: "redeem-token",
      tokenId: request.tokenId,
      uuid: request.uuid,
      time: Math.floor(this.clock.wall()),
    };
    void this.command(command, 5000).then((result) => {
      if (result === undefined) refuse("the cluster has no leader now; try again");
      else if (result.kind === "refused") refuse(result.reason);
      else if (result.kind === "redeemed") reply(this.seal(key, request.nonce, result.id));
      else refuse("the join token is not known here");
    });
  }

  private seal(key: Buffer, nonce: string, id: NodeId): Uint8Array {
    const { registry } = this.node;
    const member = registry.member(id);
    const contacts = registry
      .members()
      .filter((one) => one.id !== id)
      .map((one) => ({ id: one.id, address: one.address }));
    const welcome: Welcome = {
      clusterId: this.options.clusterId,
      secret: this.options.secret ?? "",
      id,
      name: member?.name ?? `n${id}`,
      address: member?.address ?? "",
      contacts,
    };
    const iv = Buffer.from(this.randomBytes(12));
    const cipher = createCipheriv("aes-256-gcm", sealKey(key, nonce), iv);
    const sealed = Buffer.concat([cipher.update(encodeBody(welcome)), cipher.final()]);
    return encodeBody({
      kind: "welcome",
      iv: iv.toString("hex"),
      sealed: sealed.toString("hex"),
      tag: cipher.getAuthTag().toString("hex"),
    });
  }
}
