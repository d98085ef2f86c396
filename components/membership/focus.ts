import type { MemberId } from "../../protocol/membership";

/** Marks the control that stands for a member's row; its value is the member's id. */
export const ROW_ATTRIBUTE = "data-member-row";

function rowControls(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>(`[${ROW_ATTRIBUTE}]`)];
}

function currentIndex(controls: readonly HTMLElement[]): number {
  const row = document.activeElement?.closest("tr");
  return row == null ? -1 : controls.findIndex((control) => row.contains(control));
}

/** The member whose row has the focus; undefined if none has. */
export function focusedMember(): { id: MemberId; role: "voter" | "learner" } | undefined {
  const controls = rowControls();
  const control = controls[currentIndex(controls)];
  const id = control?.getAttribute(ROW_ATTRIBUTE);
  if (!control || !id) return undefined;
  return { id, role: control.dataset.role === "learner" ? "learner" : "voter" };
}

/** Moves the focus to the next (1) or previous (-1) row; to the first if none has it. False without rows. */
export function focusNeighbour(step: 1 | -1): boolean {
  const controls = rowControls();
  const index = currentIndex(controls);
  const next = index === -1 ? 0 : Math.min(controls.length - 1, Math.max(0, index + step));
  controls[next]?.focus();
  return controls.length > 0;
}

/** Tries to find the row for this many frames: the snapshot may come after the answer to the change. */
const framesMax = 90;

/** Moves the focus to a member's row, a ghost's included, once it is there. */
export function focusMember(id: MemberId, attempt = 0): void {
  const control = rowControls().find((candidate) => candidate.getAttribute(ROW_ATTRIBUTE) === id);
  if (control !== undefined) control.focus();
  else if (attempt < framesMax) requestAnimationFrame(() => focusMember(id, attempt + 1));
}
