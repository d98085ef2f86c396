import { addressSchema, memberNameSchema, nextLearnerSchema } from "../../protocol/api";
import { memberIdSchema } from "../../protocol/membership";
import type { Capabilities } from "../../protocol/status";
import { isTrouble, type Trouble } from "../consoles/session";
import type { Parsed } from "./arguments";
import { type ChangeScene, type Proposal, runChange, START_HERE_MS } from "./change";
import { fenced } from "./change_commands";
import { changeOptions, clientOptions } from "./client_options";
import type { Command, Surroundings } from "./command";
import { type ExitCode, exitCodes } from "./exit_codes";
import { memberId, memberOperand } from "./member_word";
import { because, peerUrlsOption, splitUrls } from "./peer_urls";
import { runPlan } from "./plan_commands";

/** `rollcall add-learner`. */
export const addLearner: Command = {
  name: "add-learner",
  summary: "Add a member without a vote.",
  description: [
    "Adds a learner: it receives the log and has no vote; voters, quorum and tolerance stay. Promote it once it caught up.",
    "With --here the console's machine starts it (only under `rollcall up`). Otherwise --address, or for etcd --peer-urls, says where it will listen, and the answer is the command that starts it there. The embedded engine's holds a join token that is good once and for 15 minutes; d-engine's nodes join by their own configuration.",
    fenced,
  ],
  operands: [],
  options: {
    ...clientOptions,
    ...changeOptions,
    "when-room": {
      help: "Where the cluster takes one learner at a time: add it when the present one has been promoted or removed.",
    },
    here: { help: "Start it on the console's machine; id, name and address are picked unless given." },
    address: { value: "HOST:PORT", help: "Where it listens for peers.", check: because(addressSchema) },
    "peer-urls": peerUrlsOption,
    name: {
      value: "NAME",
      help: "What it is called.",
      check: because(memberNameSchema),
      fallback: "the next free one",
    },
    id: {
      value: "ID",
      help: "Its id, where the cluster does not assign it; one that was removed is never used again.",
      check: because(memberIdSchema),
      fallback: "the next free one",
    },
    kind: {
      value: "KIND",
      help: "What it may become, where the cluster knows kinds of learners: promotable or read-only.",
      check: (text) =>
        text === "promotable" || text === "read-only" ? undefined : "must be promotable or read-only",
      fallback: "the first the cluster offers",
    },
  },
  examples: [
    "rollcall add-learner --here",
    "rollcall add-learner --address 10.0.0.4:7500 --name n4",
    "rollcall add-learner --cluster prod --peer-urls https://10.0.0.4:2380 --name m4",
    "rollcall add-learner --cluster prod --peer-urls https://10.0.0.5:2380 --name m5 --when-room",
    "rollcall add-learner --cluster lab --address 10.0.0.4:9084 --kind read-only",
  ],
  run: (parsed, surroundings) =>
    parsed.flags.has("when-room")
      ? queueLearner(parsed, surroundings)
      : runChange(parsed, surroundings, proposeLearner),
};

/** Leaves it to a plan to add the learner once there is room. */
function queueLearner(parsed: Parsed, surroundings: Surroundings): Promise<ExitCode> {
  if (parsed.text["if-match"] !== undefined) {
    surroundings.err("--when-room goes on as the membership changes, so it takes no --if-match.\n");
    return Promise.resolve(exitCodes.usage);
  }
  return runPlan(parsed, surroundings, async ({ capabilities, cluster }, session) => {
    const wrong = misfit(parsed, capabilities);
    if (wrong !== undefined) return { kind: "usage", text: wrong };
    if (capabilities.learner.atOnce === undefined) {
      return {
        kind: "usage",
        text: "This cluster takes any number of learners at once: leave --when-room out.",
      };
    }
    const path = `/api/clusters/${encodeURIComponent(cluster)}/learners/next`;
    const next = await session.read(path, nextLearnerSchema);
    if (isTrouble(next)) return next;
    const { name = next.name, "peer-urls": urls = "" } = parsed.text;
    return { plan: { kind: "add-learner", name, peerUrls: splitUrls(urls) }, assessment: undefined };
  });
}

/** What of the words does not fit the form of this cluster's learners. */
function misfit(parsed: Parsed, { learner, addLearner: can }: Capabilities): string | undefined {
  if (!can.ok) return undefined;
  const { address, id, name, kind, "peer-urls": urls } = parsed.text;
  if (learner.address === "peer-urls") {
    if (address !== undefined)
      return "Members of this cluster have peer URLs: give --peer-urls, not --address.";
    if (urls === undefined) return "Where do its peers dial it? Give --peer-urls http://HOST:PORT.";
  } else {
    if (urls !== undefined) return "Members of this cluster have one address each: give --address HOST:PORT.";
    if (!parsed.flags.has("here") && address === undefined)
      return "Where will it listen? Give --address HOST:PORT, or --here to start it on the console's machine.";
  }
  if (learner.id === "assigned" && id !== undefined)
    return "This cluster assigns ids by itself: leave --id out.";
  if (learner.unnamed === true && name !== undefined)
    return "Members of this cluster have no names: leave --name out.";
  if (kind === undefined || learner.kinds.some(({ value }) => value === kind)) return undefined;
  return "This cluster has one kind of learner: leave --kind out.";
}

async function proposeLearner({ session, attached, parsed }: ChangeScene): Promise<Proposal | Trouble> {
  const { capabilities } = attached;
  const wrong = misfit(parsed, capabilities);
  if (wrong !== undefined) return { kind: "usage", text: wrong };
  const here = parsed.flags.has("here");
  const { id, address, kind, "peer-urls": urls } = parsed.text;
  const { learner } = capabilities;
  const assigned = learner.id === "assigned";
  let { name } = parsed.text;
  let shownId = assigned ? "0" : id;
  if (shownId === undefined || (assigned && name === undefined)) {
    const path = `/api/clusters/${encodeURIComponent(attached.cluster)}/learners/next`;
    const next = await session.read(path, nextLearnerSchema);
    if (isTrouble(next)) return next;
    shownId ??= next.id;
    if (assigned) name ??= next.name;
  }
  const shown = learner.unnamed === true ? {} : { name: name ?? `n${shownId}` };
  return {
    change: { kind: "add-learner", id: shownId, address, ...shown },
    method: "POST",
    path: "/learners",
    body: {
      id,
      name,
      address,
      ...(urls === undefined ? {} : { peerUrls: splitUrls(urls) }),
      ...(kind === undefined ? {} : { learnerKind: kind }),
      start: here ? "local" : undefined,
    },
    // A process has to start before the learner is proposed.
    extraMs: here ? START_HERE_MS : 0,
  };
}

/** `rollcall update-peer-urls`. */
export const updatePeerUrls: Command = {
  name: "update-peer-urls",
  summary: "Give a member other URLs for its peers to dial.",
  description: [
    "Voters, quorum and tolerance stay. Nothing checks that the member listens there: with wrong URLs the others lose it as if it were down, so let it listen there first.",
    fenced,
  ],
  operands: [memberOperand],
  options: { ...clientOptions, ...changeOptions, "peer-urls": peerUrlsOption },
  examples: ["rollcall update-peer-urls m3 --peer-urls https://10.0.0.3:2380"],
  run: (parsed, surroundings) =>
    runChange(parsed, surroundings, ({ attached }) => {
      const { updateAddress } = attached.capabilities;
      if (!updateAddress.ok) return { kind: "usage", text: updateAddress.reason };
      const urls = splitUrls(parsed.text["peer-urls"] ?? "");
      if (urls.length === 0) return { kind: "usage", text: "Which URLs? Give --peer-urls http://HOST:PORT." };
      const id = memberId(parsed.operands[0] ?? "", attached);
      if (typeof id !== "string") return id;
      return {
        change: { kind: "update-address", id, peerUrls: urls },
        method: "PUT",
        path: `/members/${id}/peer-urls`,
        body: { peerUrls: urls },
      };
    }),
};
