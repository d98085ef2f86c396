"use client";

import { useState } from "react";
import { type MachineResult, machineActions } from "../../client/machine_actions";
import type { LocalProcess, ProcessAction } from "../../protocol/machine";
import { useForbidden } from "../shell/account";
import { Button } from "../ui/button";
import { Modal } from "../ui/dialog";

const words: Record<ProcessAction, { verb: string; signal: string }> = {
  stop: { verb: "Stop", signal: "SIGTERM" },
  kill: { verb: "Kill", signal: "SIGKILL" },
  freeze: { verb: "Freeze", signal: "SIGSTOP" },
  thaw: { verb: "Thaw", signal: "SIGCONT" },
  start: { verb: "Start", signal: "" },
};

function actionsFor(process: LocalProcess): ProcessAction[] {
  if (process.state === "exited") return ["start"];
  return process.state === "frozen" ? ["thaw", "kill"] : ["stop", "kill", "freeze"];
}

function blockedReason(process: LocalProcess): string | undefined {
  if (process.servesPage)
    return `Stopping it closes this page. From a shell: kill -9 ${process.pid ?? ""}`.trimEnd();
  if (process.state === "exited" && !process.member) return `${process.name} was removed from the cluster.`;
  return undefined;
}

/** The buttons of one process, and the one question before quorum is lost. */
export function ProcessButtons({ process, live }: { process: LocalProcess; live: boolean }) {
  const [busy, setBusy] = useState<ProcessAction | null>(null);
  const [asked, setAsked] = useState<ProcessAction | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const settle = (action: ProcessAction, result: MachineResult) => {
    setBusy(null);
    if (result.kind === "needs-confirmation") setAsked(action);
    setFailure(result.kind === "refused" ? result.problem.detail : null);
  };
  const run = async (action: ProcessAction, confirmed = false) => {
    setAsked(null);
    setBusy(action);
    settle(action, await machineActions().process(process.id, action, confirmed));
  };
  const forbidden = useForbidden();
  const blocked = live ? (forbidden ?? blockedReason(process)) : "No connection to this console.";
  return (
    <span className="flex min-w-44 flex-wrap items-center justify-end gap-1 max-wide:order-1 max-wide:col-span-2 max-wide:justify-start max-wide:gap-2">
      {actionsFor(process).map((action) => (
        <Button
          key={action}
          size="small"
          aria-label={`${words[action].verb} ${process.name}`}
          title={blocked === undefined ? words[action].signal : undefined}
          blocked={blocked}
          off={busy !== null || process.state === "starting" || process.state === "stopping"}
          onClick={() => void run(action)}
        >
          {words[action].verb}
        </Button>
      ))}
      {failure !== null && <span className="w-full text-right text-lost text-small">{failure}</span>}
      <Modal
        open={asked !== null}
        onOpenChange={(open) => !open && setAsked(null)}
        title={asked === null ? "" : `${words[asked].verb} ${process.name}`}
        description="This loses quorum; starting it again brings it back."
        footer={
          asked !== null && (
            <>
              <Button onClick={() => setAsked(null)}>Cancel</Button>
              <Button look="danger" onClick={() => void run(asked, true)}>
                {words[asked].verb} {process.name}
              </Button>
            </>
          )
        }
      >
        {null}
      </Modal>
    </span>
  );
}
