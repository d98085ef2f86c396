/** Class names of a small button that filters; `aria-pressed` says whether it is on. */
export const toggleClass =
  "h-6 rounded-control border border-transparent px-1 text-muted text-small hover:text-ink aria-pressed:border-line aria-pressed:bg-raised aria-pressed:text-secondary max-wide:h-11 max-wide:px-3";

/** The same for a filter that hides nothing while none is on: plain until pressed, then filled. */
export const choiceClass =
  "h-7 rounded-control border border-line bg-surface px-2 text-secondary text-small hover:bg-raised aria-pressed:border-ink aria-pressed:bg-ink aria-pressed:text-surface max-wide:h-11 max-wide:px-3";
