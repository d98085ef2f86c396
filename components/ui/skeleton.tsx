/** A bar where text will be; the box around it already has its final size. */
export function Skeleton({ className }: { className: string }) {
  return (
    <span aria-hidden="true" className={`block animate-breathe rounded-control bg-raised ${className}`} />
  );
}
