import { randomBytes, randomUUID } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { addressSchema, memberNameSchema } from "../../protocol/api";
import type { FormOptions } from "../engine/types";
import { makeDirectory, syncDirectory, systemReason } from "./durable_file";

/** A bootstrap file makes a node for this long (ms): a forgotten copy must not make an old id anew. */
export const BOOTSTRAP_MS_MAX = 24 * 60 * 60 * 1000;

const voterSchema = z.strictObject({
  id: z.number().int().min(1).max(0xffff_ffff),
  name: memberNameSchema,
  /** host:port for peers. */
  address: addressSchema,
  uuid: z.uuid(),
});

const bootstrapSchema = z
  .strictObject({
    format: z.literal(1),
    clusterId: z.string().regex(/^[0-9a-f]{16}$/),
    secret: z.string().regex(/^[0-9a-f]{64}$/),
    /** Ms since 1970. */
    created: z.number().int().min(0),
    /** The voter that this file makes. */
    id: z.number().int().min(1).max(0xffff_ffff),
    voters: z.array(voterSchema).min(1).max(99),
  })
  .refine((file) => file.voters.some((voter) => voter.id === file.id), "its own voter is not among them");

/** What makes one initial voter of a cluster across machines. Holds the cluster's secret; used once, then deleted. */
export type BootstrapFile = z.infer<typeof bootstrapSchema>;

/** An initial voter as its operator names it. */
export interface VoterWish {
  readonly name: string;
  /** host:port for peers, as the other machines reach it. */
  readonly address: string;
}

/** The files of a new cluster, one for each voter; ids count from 1. */
export function bootstrapFiles(wishes: readonly VoterWish[], created: number): BootstrapFile[] {
  const voters = wishes.map((wish, at) => ({ id: at + 1, ...wish, uuid: randomUUID() }));
  const shared = {
    format: 1 as const,
    clusterId: randomBytes(8).toString("hex"),
    secret: randomBytes(32).toString("hex"),
    created,
    voters,
  };
  return voters.map(({ id }) => ({ ...shared, id }));
}

/** Writes each file as NAME.json into `directory`, owner-only; never over another one. The paths, or why not. */
export function writeBootstrapFiles(
  directory: string,
  files: readonly BootstrapFile[],
): readonly string[] | { readonly message: string } {
  const paths: string[] = [];
  try {
    makeDirectory(directory);
    for (const file of files) {
      const name = file.voters.find((voter) => voter.id === file.id)?.name ?? `n${file.id}`;
      const path = join(directory, `${name}.json`);
      const handle = openSync(path, "wx", 0o600);
      paths.push(path);
      writeFileSync(handle, `${JSON.stringify(file, null, 2)}\n`);
      fsyncSync(handle);
      closeSync(handle);
    }
    syncDirectory(directory);
    return paths;
  } catch (error) {
    for (const path of paths) rmSync(path, { force: true });
    return { message: `Cannot write the files into ${directory}: ${systemReason(error)}.` };
  }
}

/** Reads a bootstrap file that may still be used. */
export function readBootstrapFile(path: string, now: number): BootstrapFile | { readonly message: string } {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) return { message: `${path} is not a bootstrap file: it is not JSON.` };
    return {
      message: `Cannot read ${path}: ${systemReason(error)}. A bootstrap file makes its node once and is deleted then; a node that lost its data is replaced, not made again.`,
    };
  }
  const file = bootstrapSchema.safeParse(value);
  if (!file.success) {
    const issue = file.error.issues[0];
    return {
      message: `${path} is not a bootstrap file: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}.`,
    };
  }
  if (now - file.data.created > BOOTSTRAP_MS_MAX) {
    return {
      message: `${path} was made more than 24 hours ago and makes no node any more; run \`rollcall plan\` again for a new cluster.`,
    };
  }
  return file.data;
}

/** Deletes a used file, durably: it holds the secret, and must not make the node again. */
export function consumeBootstrapFile(path: string): void {
  rmSync(path, { force: true });
  syncDirectory(dirname(path));
}

/** What forms the node of a bootstrap file. */
export function bootstrapForm(file: BootstrapFile, dataDir: string, actor: string): FormOptions {
  const { clusterId, secret, id, voters, created } = file;
  const self = voters.find((voter) => voter.id === id);
  if (self === undefined) throw new Error("a bootstrap file names its own voter");
  const { name, address, uuid } = self;
  const start = { kind: "bootstrap", voters, time: created, actor } as const;
  return { dataDir, clusterId, secret, id, name, address, uuid, start };
}
