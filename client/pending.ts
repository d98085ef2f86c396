import type { StoreApi } from "zustand/vanilla";
import type { MemberId } from "../protocol/membership";

/** A request whose answer was lost. Times are ms on this browser's clock. */
export interface PendingRequest {
  readonly requestId: string;
  readonly cluster: string;
  /** The dialog to open again: "promote", "remove", "add-learner", "demote", "transfer". */
  readonly action: string;
  readonly member: MemberId | null;
  /** The subject of its sentence: "Promoting n4". */
  readonly doing: string;
  readonly sentAt: number;
  /** After it the leader refuses the request. */
  readonly deadlineAt: number;
  readonly outcome:
    | { readonly state: "watching" }
    | { readonly state: "applied"; readonly index: number }
    /** `reason` is null when it never reached the log. */
    | { readonly state: "not-applied"; readonly reason: string | null };
  /** What the strip says: "Outcome unknown - watching. ...", "Applied at index 58.", "Not applied." */
  readonly sentence: string;
}

export interface PendingState {
  readonly requests: readonly PendingRequest[];
}

/** Requests with an unknown outcome; they survive a reload and are watched until they are known. */
export interface PendingStore extends StoreApi<PendingState> {
  /** Watches a request until its outcome is known. */
  watch(request: Omit<PendingRequest, "outcome" | "sentence">): void;
  /** Forgets a request whose outcome is known; a no-op for one still watched. */
  dismiss(requestId: string): void;
  /** Starts polling what was kept from before a reload; may be called again. */
  start(): void;
  stop(): void;
}

/** The store of this page. */
export function pendingStore(): PendingStore {
  throw new Error("not written yet");
}
