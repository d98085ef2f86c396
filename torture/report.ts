import type { TortureReport } from "./torture_run";

/** The report as text, for a person; ends with one line that says whether everything held. */
export function describeReport(report: TortureReport): string {
  const { processes, faults, membership, seen, final } = report;
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ");
  const lines = [
    `seed ${report.seed}: ${report.cycles} kill and restart cycles in ${report.seconds} s`,
    `processes: ${processes.kills} killed with -9, ${processes.diskDeaths} ended by themselves after an I/O error, ${processes.restarts} started`,
    `torn: ${processes.torn} files by ${processes.tornBytes} bytes, ${processes.tornNames} names`,
    `faults: ${list(faults)}`,
    `membership: ${list(membership)}; ${report.configurations} configurations, ${report.terms} terms`,
    `commands: ${seen.acknowledged} acknowledged, ${seen.unknown} in doubt, ${seen.refused} refused; ${seen.reads} reads`,
    `compared as it ran: ${seen.applied} applied commands, ${seen.watched} views of watchers, ${seen.boots} boots, ${seen.installed} snapshots installed`,
    `rests: ${report.rests}, all agreed; the slowest took ${report.slowestRestMs} ms`,
  ];
  if (final !== undefined)
    lines.push(
      `at the end: ${final.members} members hold the same ${final.commands} commands; ${final.logEntriesCompared} committed log entries compared`,
    );
  for (const violation of report.violations) lines.push(`VIOLATION: ${violation}`);
  lines.push(report.violationCount === 0 ? "everything held" : `${report.violationCount} violations`);
  return `${lines.join("\n")}\n`;
}
