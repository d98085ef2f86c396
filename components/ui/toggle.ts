/** Class names of a small button that filters; `aria-pressed` says whether it is on. */
export const toggleClass =
  "h-6 rounded-control border border-transparent px-1.5 text-muted text-small hover:bg-raised aria-pressed:border-line aria-pressed:bg-raised aria-pressed:text-secondary max-wide:h-11 max-wide:px-3";
