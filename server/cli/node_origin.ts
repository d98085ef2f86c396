import { randomBytes, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { formNode } from "../engine/form";
import { redeemJoinToken } from "../engine/join";
import type { FormOptions } from "../engine/types";
import { operatingSystemUser } from "../gateway/gateway";
import { bootstrapForm, consumeBootstrapFile, readBootstrapFile } from "../local/bootstrap_file";
import { systemReason } from "../local/durable_file";
import { inspectDataDirectory, isOpenFault } from "../storage";
import type { Parsed } from "./arguments";
import type { Surroundings } from "./command";

/** Where a node listens for peers when it is made alone and nothing is said. */
const singleAddress = "127.0.0.1:7500";

interface Fault {
  readonly message: string;
}

/**
 * Makes the data directory if the command line says how and it is not there yet. Undefined: it is there. A directory that is missing
 * without a word about how to make it is refused: an old id must not start empty.
 */
export async function ensureNode(
  dataDir: string,
  parsed: Parsed,
  surroundings: Surroundings,
): Promise<Fault | undefined> {
  const { bootstrap, join } = parsed.text;
  const bootstrapPath = bootstrap === undefined ? undefined : resolve(surroundings.cwd, bootstrap);
  const found = inspectDataDirectory(dataDir);
  if (!isOpenFault(found)) {
    if (bootstrapPath !== undefined) finishBootstrap(bootstrapPath, found.uuid);
    return undefined;
  }
  if (found.kind !== "missing") return found;
  if (bootstrapPath !== undefined) return bootstrapFrom(bootstrapPath, dataDir);
  if (parsed.flags.has("bootstrap-single")) return formNode(single(dataDir, parsed));
  if (join !== undefined) return joinThrough(join, dataDir, parsed, surroundings);
  return {
    message: `${found.message} A new node is made with --join, --bootstrap or --bootstrap-single.`,
  };
}

async function bootstrapFrom(path: string, dataDir: string): Promise<Fault | undefined> {
  const file = readBootstrapFile(path, Date.now());
  if ("message" in file) return file;
  const fault = await formNode(bootstrapForm(file, dataDir, operatingSystemUser()));
  if (fault === undefined) consumeBootstrapFile(path);
  return fault;
}

/** A crash may have come between making the node and deleting its file. */
function finishBootstrap(path: string, uuid: string): void {
  const file = readBootstrapFile(path, Date.now());
  if ("message" in file) return;
  if (file.voters.some((voter) => voter.id === file.id && voter.uuid === uuid)) consumeBootstrapFile(path);
}

function single(dataDir: string, parsed: Parsed): FormOptions {
  const name = parsed.text.name ?? "n1";
  const address = parsed.text.listen ?? singleAddress;
  const uuid = randomUUID();
  return {
    dataDir,
    clusterId: randomBytes(8).toString("hex"),
    secret: randomBytes(32).toString("hex"),
    id: 1,
    name,
    address,
    uuid,
    start: {
      kind: "bootstrap",
      voters: [{ id: 1, name, address, uuid }],
      time: Date.now(),
      actor: operatingSystemUser(),
    },
  };
}

async function joinThrough(
  contact: string,
  dataDir: string,
  parsed: Parsed,
  { cwd, env }: Surroundings,
): Promise<Fault | undefined> {
  const token = readToken(parsed.text["join-token-file"], cwd, env.ROLLCALL_JOIN_TOKEN);
  if (typeof token !== "string") return token;
  const joined = await redeemJoinToken({ dataDir, contact, token });
  return "message" in joined ? joined : undefined;
}

function readToken(file: string | undefined, cwd: string, fromEnv: string | undefined): string | Fault {
  if (file === undefined) {
    const token = fromEnv?.trim() ?? "";
    if (token !== "") return token;
    return {
      message:
        "--join needs a join token: in the environment as ROLLCALL_JOIN_TOKEN, or in --join-token-file FILE.",
    };
  }
  const path = resolve(cwd, file);
  try {
    const token = readFileSync(path, "utf8").trim();
    return token === "" ? { message: `${path} holds no join token: it is empty.` } : token;
  } catch (error) {
    return { message: `Cannot read the join token from ${path}: ${systemReason(error)}.` };
  }
}
