import type { ReactNode } from "react";

/** The head of a table's column. `className`: its alignment, to the left when absent, and padding. */
export function ColumnHead({
  className = "text-left",
  children,
}: {
  className?: string;
  children: ReactNode;
}) {
  return (
    <th scope="col" className={`text-head text-muted ${className}`}>
      {children}
    </th>
  );
}
