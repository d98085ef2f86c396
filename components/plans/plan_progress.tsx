/** How much of the way a learner has caught up since its plan was made. `share`: 0 to 1. */
export function PlanProgress({ share, of }: { share: number; of: string }) {
  const percent = Math.floor(share * 100);
  return (
    <span className="flex shrink-0 items-center gap-2 text-small">
      <progress
        aria-label={`How far ${of} has caught up`}
        value={percent}
        max={100}
        className="plan-progress h-2 w-40 max-wide:w-28"
      />
      <span aria-hidden="true" className="w-9 text-right">
        {percent}%
      </span>
    </span>
  );
}
