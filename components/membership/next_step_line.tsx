"use client";

import { machineActions } from "../../client/machine_actions";
import { clusterStore } from "../../client/store";
import { linkToConsole, setUrlState } from "../../client/url_state";
import type { NextStep, SuggestedAction } from "../../protocol/state";
import { useForbidden } from "../shell/account";
import { useClusterName } from "../shell/cluster_context";
import { Button, buttonClass, roomForNames } from "../ui/button";
import { Icon } from "../ui/glyphs";

function act(action: SuggestedAction, cluster: string): void {
  switch (action.kind) {
    case "start":
    case "thaw":
      // What comes of it shows in the machine's frames.
      void machineActions().process(action.id, action.kind);
      return;
    case "add-learner":
      setUrlState({ dialog: "add", member: undefined });
      return;
    case "promote":
    case "replace":
      setUrlState({ dialog: action.kind, member: action.id });
      return;
    case "retry-now":
      clusterStore(cluster).retryNow();
      return;
    case "open-console":
      return;
  }
}

/** What the operator should do next, with the buttons for it. */
export function NextStepLine({ nextStep, lost }: { nextStep: NextStep; lost: boolean }) {
  const cluster = useClusterName();
  const forbidden = useForbidden();
  const look = lost ? "band" : "plain";
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <p className={`text-pretty ${lost ? "" : "text-secondary"}`}>{nextStep.text}</p>
      {nextStep.actions.length > 0 && (
        <div className={`flex flex-wrap gap-2 ${roomForNames}`}>
          {nextStep.actions.map((action) =>
            action.kind === "open-console" ? (
              <a key={action.label} href={linkToConsole(action.url)} className={buttonClass(look, "small")}>
                {action.label}
                <Icon name="external" size={10} />
              </a>
            ) : (
              <Button
                key={action.label}
                look={look}
                size="small"
                blocked={action.kind === "retry-now" ? undefined : forbidden}
                onClick={() => act(action, cluster)}
              >
                {action.label}
              </Button>
            ),
          )}
        </div>
      )}
    </div>
  );
}
