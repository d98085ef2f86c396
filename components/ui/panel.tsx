import type { ReactNode } from "react";

/** A titled part of the page. */
export function Panel({
  id,
  title,
  aside,
  className = "",
  children,
}: {
  id: string;
  title: ReactNode;
  /** At the right of the title: counts and controls. */
  aside?: ReactNode;
  className?: string;
  children: ReactNode;
}) {
  return (
    <section
      aria-labelledby={`${id}-title`}
      id={id}
      className={`scroll-mt-14 rounded-panel border border-line bg-surface ${className}`}
    >
      <div className="flex min-h-10 flex-wrap items-center gap-x-3 gap-y-1 px-3 py-1">
        <h2 id={`${id}-title`} className="text-title">
          {title}
        </h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
