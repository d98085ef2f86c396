"use client";

import { type PendingRequest, pendingStore } from "../../client/pending";
import { dialogNames, setUrlState } from "../../client/url_state";
import { usePending } from "../../client/use_store";
import { useClusterName } from "../shell/cluster_context";
import { Button } from "../ui/button";
import { StateGlyph } from "../ui/glyphs";

const looks = {
  watching: { state: "at-limit", tint: "bg-limit-tint text-limit" },
  applied: { state: "ok", tint: "bg-ok-tint text-ok" },
  "not-applied": { state: "unknown", tint: "bg-unknown-tint text-unknown" },
  "not-known-here": { state: "unknown", tint: "bg-unknown-tint text-unknown" },
} as const;

function reviewAgain(request: PendingRequest): void {
  const dialog = dialogNames.find((name) => name === request.action);
  pendingStore().dismiss(request.requestId);
  if (dialog !== undefined)
    setUrlState({ dialog, member: dialog === "add" ? undefined : (request.member ?? undefined) });
}

function PendingLine({ request }: { request: PendingRequest }) {
  const { state, tint } = looks[request.outcome.state];
  const known = request.outcome.state !== "watching";
  // Of a replacement only the new learner's addition is sent from the page before its plan.
  const unplanned = request.action === "replace" && request.outcome.state === "applied";
  return (
    <li className={`flex flex-wrap items-center gap-3 px-6 py-2 max-wide:px-4 ${tint}`}>
      <StateGlyph state={state} className="shrink-0" />
      <span className="min-w-0 flex-1">
        {known && `${request.doing}: `}
        {request.sentence}
        {unplanned && " The plan that replaces it is not made yet."}
      </span>
      {(unplanned || request.outcome.state === "not-applied") && (
        <Button size="small" onClick={() => reviewAgain(request)}>
          {unplanned ? "Go on" : "Review again"}
        </Button>
      )}
      {known && (
        <Button
          size="small"
          aria-label={`Dismiss: ${request.doing}`}
          onClick={() => pendingStore().dismiss(request.requestId)}
        >
          Dismiss
        </Button>
      )}
    </li>
  );
}

/** Changes whose answer was lost, under the band until they are known; it survives a reload. */
export function OutcomeStrip() {
  const requests = usePending(useClusterName());
  if (requests.length === 0) return null;
  return (
    <section aria-label="Outcomes" className="border-line border-b">
      <ul aria-label="Unknown outcomes" className="divide-y divide-line">
        {requests.map((request) => (
          <PendingLine key={request.requestId} request={request} />
        ))}
      </ul>
    </section>
  );
}
