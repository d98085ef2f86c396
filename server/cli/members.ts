import { compareIds } from "../../protocol/diff";
import { freshnessOf } from "../../protocol/freshness";
import { type IdFormat, idWords } from "../../protocol/member_ids";
import { type MembershipView, membershipViewSchema } from "../../protocol/membership";
import { describePlan, plansUnderWay } from "../../protocol/plan_words";
import { describeFacts, describeState } from "../../protocol/state";
import type { ClusterStatus, MemberStatus } from "../../protocol/status";
import { busySentence, formatAge, formatCount, formatDuration, namesOf } from "../../protocol/words";
import { isTrouble } from "../consoles/session";
import { clientOptions, openSession, tellTrouble } from "./client_options";
import type { Command } from "./command";
import { exitCodes } from "./exit_codes";
import { renderTable } from "./table";

export const members: Command = {
  name: "members",
  summary: "Show who votes, who learns, who leads, and whether quorum stands.",
  description: [
    "Prints the state of the cluster and its members, voters first. The fence in the second line is what --if-match takes.",
  ],
  operands: [],
  options: clientOptions,
  examples: ["rollcall members", "rollcall members --json | jq .status.members"],
  async run(parsed, surroundings) {
    const session = openSession(parsed, surroundings);
    if (typeof session === "number") return session;
    const attached = await session.attach();
    if (isTrouble(attached)) return tellTrouble(attached, parsed, surroundings);
    const path = `/api/clusters/${encodeURIComponent(attached.cluster)}/membership`;
    const view = await session.read(path, membershipViewSchema);
    if (isTrouble(view)) return tellTrouble(view, parsed, surroundings);
    const [console] = session.consoles;
    if (parsed.flags.has("json")) {
      const { cluster, status } = attached;
      surroundings.out(`${JSON.stringify({ console, cluster, membership: view, status })}\n`);
      return exitCodes.done;
    }
    const { status, capabilities } = attached;
    surroundings.out(describeMembers(status, view, capabilities.idFormat));
    return exitCodes.done;
  },
};

/** The cluster in lines for a terminal. */
function describeMembers(status: ClusterStatus, view: MembershipView, format: IdFormat): string {
  const fence = `${view.epoch}:${view.snapshot.committedIndex}`;
  const { factAgeMs } = status;
  const { live } = freshnessOf({ socket: "open", frameAgeMs: 0, factAgeMs });
  const description = describeState(status, { dataAgeMs: factAgeMs, live });
  const facts = describeFacts(status, description, view.exact);
  const lines = [
    [description.sentence, description.byDesign].filter((text) => text !== undefined).join(" "),
    `${facts.leader}. ${facts.index}, fence ${fence}.`,
  ];
  if (status.changeInProgress !== null) {
    lines.push(busySentence(status.changeInProgress, namesOf(status.members)));
  }
  for (const plan of plansUnderWay(status)) {
    const words = describePlan(plan, status, namesOf(status.members));
    lines.push(`${words.title}, by ${plan.actor}: ${words.line}.`);
    if (plan.startCommand !== undefined) lines.push(`  ${plan.startCommand}`);
  }
  if (status.self?.standing === "removed") {
    lines.push(`This console's node ${status.self.name} was removed at index ${status.self.index ?? "?"}.`);
  }
  for (const { tone, text, advice } of status.notices) {
    lines.push(
      [tone === "info" ? text : `${tone}: ${text}`, advice].filter((part) => part !== null).join(" "),
    );
  }
  const rows = [...status.members].sort(
    (a, b) => Number(a.role === "learner") - Number(b.role === "learner") || compareIds(a.id, b.id),
  );
  const header = ["ID", "NAME", "ROLE", "HEALTH", "LAG", "CONTACT", "ADDRESS", "CONSOLE"];
  lines.push("", renderTable([header, ...rows.map((member) => rowOf(member, status.leadership.id, format))]));
  const told = rows.flatMap((member) => factLines(member, namesOf(status.members)(member.id)));
  if (told.length > 0) lines.push("", ...told);
  return `${lines.join("\n")}\n`;
}

/** Facts of its kind that ask for attention. */
function factLines(member: MemberStatus, name: string): string[] {
  return member.facts
    .filter(({ tone }) => tone !== "plain")
    .map(({ label, value, note, dueInMs }) => {
      const due = dueInMs === null ? "" : ` in ${formatDuration(dueInMs)}`;
      return `${name}: ${label}${due}${value === "" ? "" : `: ${value}`}.${note === null ? "" : ` ${note}`}`;
    });
}

function rowOf(member: MemberStatus, leader: string | null, format: IdFormat): string[] {
  const lag =
    member.lag === null ? "-" : `${formatCount(member.lag.entries)}${member.lag.current ? "" : "?"}`;
  return [
    idWords(member.id, format),
    member.name || "-",
    member.id === leader ? `${member.role}, leader` : member.role,
    member.health.word,
    member.id === leader ? "-" : lag,
    formatAge(member.lastContactMs),
    member.address,
    member.console ?? "-",
  ];
}
