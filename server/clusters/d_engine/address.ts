import { addressSchema } from "../../../protocol/api";

/** Hosts that mean the machine they are read on: a configuration file that says where to listen says them. */
const thisMachine = new Set(["localhost", "0.0.0.0", "[::]", "[::1]"]);

/**
 * The address under which a node is dialled, `host:port`: a scheme is taken off, and what means "this machine" becomes 127.0.0.1, so
 * that one node is known by one address. Undefined where it is none that could be dialled.
 */
export function nodeAddress(text: string): string | undefined {
  const bare = text
    .trim()
    .replace(/^https?:\/\//, "")
    .replace(/\/$/, "");
  const colon = bare.lastIndexOf(":");
  const host = bare.slice(0, colon);
  const address = thisMachine.has(host.toLowerCase()) ? `127.0.0.1${bare.slice(colon)}` : bare;
  return addressSchema.safeParse(address).success ? address : undefined;
}
