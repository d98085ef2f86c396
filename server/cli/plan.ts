import { resolve } from "node:path";
import { memberNameSchema } from "../../protocol/api";
import { bootstrapFiles, type VoterWish, writeBootstrapFiles } from "../local/bootstrap_file";
import type { Command } from "./command";
import { exitCodes } from "./exit_codes";
import { hostPort } from "./node_options";

const votersMax = 9;

export const plan: Command = {
  name: "plan",
  summary: "Plan a cluster of voters across machines: one file for each.",
  description: [
    "Writes one bootstrap file for each initial voter. Bring each to its machine by a safe way, since it holds the cluster's secret, and start the node there with `rollcall node --bootstrap FILE`. A file makes its node once, within 24 hours, and is deleted then.",
  ],
  operands: [],
  options: {
    voters: {
      value: "VOTERS",
      help: "HOST:PORT of each voter as the others reach it, with commas between; NAME=HOST:PORT names it.",
      check: (text) => {
        const wishes = parseVoters(text);
        return typeof wishes === "string" ? wishes : undefined;
      },
    },
    out: { value: "DIR", help: "Where the files go.", fallback: "." },
    json: { help: "Print the files as JSON." },
  },
  examples: ["rollcall plan --voters 10.0.0.1:7500,10.0.0.2:7500,10.0.0.3:7500 --out ./bootstrap"],
  async run(parsed, { cwd, out, err }) {
    const wishes = parseVoters(parsed.text.voters ?? "");
    if (typeof wishes === "string") {
      err("Which voters? Give --voters HOST:PORT,HOST:PORT,HOST:PORT.\n");
      return exitCodes.usage;
    }
    const files = bootstrapFiles(wishes, Date.now());
    const written = writeBootstrapFiles(resolve(cwd, parsed.text.out ?? "."), files);
    if ("message" in written) {
      err(`${written.message}\n`);
      return exitCodes.failed;
    }
    if (parsed.flags.has("json")) {
      const clusterId = files[0]?.clusterId;
      out(`${JSON.stringify({ clusterId, files: written })}\n`);
      return exitCodes.done;
    }
    for (const [at, path] of written.entries()) {
      const { name = "", address = "" } = wishes[at] ?? {};
      out(`${path}\n  on ${address}: rollcall node --data-dir ./${name} --bootstrap ${name}.json\n`);
    }
    out("Each file holds the cluster's secret: move it, do not mail it. It is deleted once used.\n");
    return exitCodes.done;
  },
};

/** The voters of a list, or what is wrong with it as the end of "--voters ...". */
function parseVoters(text: string): readonly VoterWish[] | string {
  const wishes = text.split(",").map((word, at) => {
    const [first = "", second] = word.split("=");
    return second === undefined ? { name: `n${at + 1}`, address: first } : { name: first, address: second };
  });
  for (const { name, address } of wishes) {
    if (!memberNameSchema.safeParse(name).success) return `names a voter ${JSON.stringify(name)}`;
    const wrong = hostPort(address);
    if (wrong !== undefined) return `has ${JSON.stringify(address)}, which must be HOST:PORT`;
  }
  if (wishes.length > votersMax) return `lists up to ${votersMax} voters`;
  if (new Set(wishes.map(({ name }) => name)).size < wishes.length) return "uses a name twice";
  if (new Set(wishes.map(({ address }) => address)).size < wishes.length) return "uses an address twice";
  return wishes;
}
