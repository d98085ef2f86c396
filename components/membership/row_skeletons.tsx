import { Skeleton } from "../ui/skeleton";

/** As many rows as there will be at first sight, in their final height. */
export function RowSkeletons({ rows }: { rows: number }) {
  return (
    <div aria-hidden="true">
      <div className="h-7 max-wide:hidden" />
      {Array.from({ length: rows }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: nothing but position tells placeholders apart
        <div key={index} className="row-grid h-9 border-line border-t max-wide:h-[57px]">
          <span />
          <Skeleton className="h-3 w-16" />
          <Skeleton className="h-3 w-20" />
          <Skeleton className="h-3 w-24" />
        </div>
      ))}
    </div>
  );
}
