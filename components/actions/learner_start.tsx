"use client";

import type { ChangedAnswer } from "../../protocol/api";
import { idWords } from "../../protocol/member_ids";
import { formatDuration } from "../../protocol/words";
import { focusMember } from "../membership/focus";
import { Button } from "../ui/button";
import { Modal } from "../ui/dialog";
import { CommandLine } from "./command_line";

/** The learner is in; the command that starts it where the operator wants it. */
export function LearnerStart({
  learner,
  command,
  onClose,
}: {
  learner: NonNullable<ChangedAnswer["learner"]>;
  command: string;
  onClose: () => void;
}) {
  const name = learner.name || `id ${idWords(learner.id)}`;
  const how = command.includes("\n")
    ? "Start a node on its machine with this in its configuration file:"
    : "Start it on its machine with:";
  return (
    <Modal
      open
      onOpenChange={(open) => !open && onClose()}
      onClosed={() => focusMember(learner.id)}
      title={`Start ${name}`}
      description={`${name} is a learner of this cluster now. ${how}`}
      footer={
        <Button look="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <CommandLine command={command} label="Copy the start command" />
      <p className="mt-3 text-secondary">
        {learner.tokenExpiresInMs !== undefined &&
          `The join token works once within ${formatDuration(learner.tokenExpiresInMs)}. `}
        Until it starts, its row reads "Not started" and offers this again.
      </p>
    </Modal>
  );
}
