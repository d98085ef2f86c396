"use client";

import { type ReactNode, useId } from "react";
import { usePending } from "../../client/use_store";
import type { Alternative, Assessment } from "../../protocol/assess";
import { indexWords } from "../../protocol/state";
import { useClusterName } from "../shell/cluster_context";
import { Button } from "../ui/button";
import { Modal } from "../ui/dialog";
import { Notice } from "../ui/notice";
import { Alternatives } from "./alternatives";
import { Answers } from "./answers";
import { CommandLine } from "./command_line";
import { PreviewTable } from "./preview_table";
import type { ChangeRun } from "./use_change";

/** What the body that all change dialogs share takes. */
export type ChangeModalProps = {
  title: string;
  lead?: string | undefined;
  change: ChangeRun;
  /** Absent for a transfer, which changes no membership. */
  assessment?: Assessment;
  /** In the place of the figures before and after. */
  figures?: ReactNode;
  alternatives?: readonly Alternative[];
  /** Above the figures: what to choose, and fields. */
  before?: ReactNode;
  /** Below the figures: what to type. */
  after?: ReactNode;
  command?: string | undefined;
  primary: string;
  danger: boolean;
  /** Why the primary button is off; shown in words. */
  blocked: string | null;
  /** Off for a reason that is plain to see, such as a name not typed yet. */
  incomplete?: boolean;
  /** False where the problem stands by its field already. */
  problemShown?: boolean;
  onPrimary: () => void;
  onClose: () => void;
  onClosed?: (restore: () => void) => void;
};

function Outcome({ requestId }: { requestId: string }) {
  const pending = usePending(useClusterName()).find((request) => request.requestId === requestId);
  if (pending === undefined) return null;
  const state =
    pending.outcome.state === "applied"
      ? "ok"
      : pending.outcome.state === "watching"
        ? "at-limit"
        : "unknown";
  return <Notice state={state}>{pending.sentence}</Notice>;
}

function Figures({ assessment }: { assessment: Assessment }) {
  return (
    <div className="grid grid-cols-[200px_1fr] gap-x-8 gap-y-4 max-wide:grid-cols-1">
      <PreviewTable assessment={assessment} />
      <Answers assessment={assessment} />
    </div>
  );
}

function Buttons({ props, blockedId }: { props: ChangeModalProps; blockedId: string | undefined }) {
  const { change, blocked, incomplete, onClose } = props;
  if (change.stage.kind === "unknown") return <Button onClick={onClose}>Watch in background</Button>;
  const committing = change.stage.kind === "committing";
  if (change.fenceLost !== undefined) {
    return (
      <>
        <Button onClick={onClose}>Close</Button>
        <Button look="primary" onClick={change.reviewAgain}>
          Review again
        </Button>
      </>
    );
  }
  return (
    <>
      <Alternatives of={props.alternatives ?? []} off={committing} />
      <Button off={committing} onClick={onClose}>
        {props.assessment?.risk === "refused" ? "Close" : "Cancel"}
      </Button>
      <Button
        look={props.danger ? "danger" : "primary"}
        off={committing || blocked !== null || incomplete === true}
        aria-describedby={blockedId}
        onClick={props.onPrimary}
      >
        {committing ? "Committing..." : props.primary}
      </Button>
    </>
  );
}

/** The one body of every change: figures before and after, the two answers, the command, and what became of it. */
export function ChangeModal(props: ChangeModalProps) {
  const { change, assessment, blocked } = props;
  const { stage, problem, fence, fenceLost } = change;
  const noticeId = useId();
  const blockedShown = blocked !== null && fenceLost === undefined && stage.kind === "review";
  return (
    <Modal
      open
      onOpenChange={(open) => {
        if (!open && stage.kind !== "committing") props.onClose();
      }}
      {...(props.onClosed ? { onClosed: props.onClosed } : {})}
      title={props.title}
      aside={fence && `index ${indexWords(fence.snapshot.committedIndex, fence.exact)}`}
      {...(props.lead === undefined ? {} : { description: props.lead })}
      footer={<Buttons props={props} blockedId={blockedShown ? noticeId : undefined} />}
    >
      <div className="flex flex-col gap-4">
        {fenceLost !== undefined && <Notice state="degraded">{fenceLost}</Notice>}
        {stage.kind === "unknown" && <Outcome requestId={stage.requestId} />}
        {problem !== null && props.problemShown !== false && (
          <Notice state="at-limit">{problem.detail}</Notice>
        )}
        {props.before}
        {props.figures ?? (assessment !== undefined && <Figures assessment={assessment} />)}
        {blockedShown && (
          <Notice
            id={noticeId}
            state={assessment?.refusal?.code === "would-lose-quorum" ? "lost" : "unknown"}
          >
            {blocked}
          </Notice>
        )}
        {props.after}
        {props.command !== undefined && <CommandLine command={props.command} label="Copy the command" />}
      </div>
    </Modal>
  );
}
