import type { AssessmentCounts, ReplaceAssessment } from "../../protocol/assess_replace";

const columns: readonly { key: keyof AssessmentCounts; label: string }[] = [
  { key: "voters", label: "Voters" },
  { key: "quorum", label: "Quorum" },
  { key: "healthy", label: "Healthy" },
  { key: "canLose", label: "Can lose" },
];

/** A plan before it is begun: every step, with the figures after it. */
export function PlanTable({ plan }: { plan: ReplaceAssessment }) {
  const rows = [{ words: "Now", after: plan.before }, ...plan.steps];
  return (
    <table className="w-full">
      <caption className="sr-only">The plan, with the figures after each step</caption>
      <thead>
        <tr className="text-head text-muted">
          <th scope="col" className="pb-1 text-left font-medium">
            After step
          </th>
          {columns.map(({ key, label }) => (
            <th key={key} scope="col" className="w-16 pb-1 text-right font-medium max-wide:w-12">
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ words, after }, step) => (
          <tr key={words} className="border-line border-t align-top">
            <th scope="row" className="py-1 text-left font-normal">
              {step > 0 && <span className="text-muted">{step}. </span>}
              {words}
            </th>
            {columns.map(({ key }) => {
              const changed = step > 0 && after[key] !== rows[step - 1]?.after[key];
              return (
                <td key={key} className={`py-1 text-right ${changed ? "font-semibold" : "text-secondary"}`}>
                  {after[key]}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
