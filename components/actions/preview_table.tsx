import type { Assessment, AssessmentCounts } from "../../protocol/assess";
import { Term } from "../ui/term";

const rows: readonly { key: keyof AssessmentCounts; label: string; term?: "quorum" | "tolerance" }[] = [
  { key: "voters", label: "Voters" },
  { key: "quorum", label: "Quorum", term: "quorum" },
  { key: "healthy", label: "Healthy" },
  { key: "canLose", label: "Can lose", term: "tolerance" },
];

function afterClass(key: keyof AssessmentCounts, before: number, after: number): string {
  if (before === after) return "text-secondary";
  return key === "canLose" && after < before ? "font-semibold text-limit" : "font-semibold";
}

/** What the change does to the figures quorum rests on: now and after. */
export function PreviewTable({ assessment }: { assessment: Assessment }) {
  return (
    <table className="w-full">
      <caption className="sr-only">Before and after</caption>
      <thead>
        <tr className="text-head text-muted">
          <td />
          <th scope="col" className="w-14 pb-1 text-right font-medium">
            now
          </th>
          <th scope="col" className="w-14 pb-1 text-right font-medium">
            after
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ key, label, term }) => {
          const before = assessment.before[key];
          const after = assessment.after[key];
          return (
            <tr key={key} className="border-line border-t">
              <th scope="row" className="py-1 text-left font-normal text-secondary">
                {term === undefined ? label : <Term of={term}>{label}</Term>}
              </th>
              <td className="py-1 text-right">{before}</td>
              <td className={`py-1 text-right ${afterClass(key, before, after)}`}>{after}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
