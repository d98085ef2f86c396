"use client";

import type { PlanWords } from "../../protocol/plan_words";
import { Button } from "../ui/button";
import { Modal } from "../ui/dialog";

/** Asks before a plan is stopped, and says plainly what then remains. */
export function StopPlan({
  open,
  words,
  onClose,
  onStop,
}: {
  open: boolean;
  words: PlanWords;
  onClose: () => void;
  onStop: () => void;
}) {
  return (
    <Modal
      open={open}
      onOpenChange={(next) => !next && onClose()}
      title="Stop the plan here"
      description={`${words.title}: ${words.line}.`}
      footer={
        <>
          <Button onClick={onClose}>Let it go on</Button>
          <Button look="primary" onClick={onStop}>
            Stop here
          </Button>
        </>
      }
    >
      <p>{words.remains}</p>
    </Modal>
  );
}
