"use client";

import { setUrlState } from "../../client/url_state";
import { useUrlState } from "../../client/use_store";
import { AddLearnerDialog } from "./add_learner_dialog";
import { AddressDialog } from "./address_dialog";
import { MemberChangeDialog } from "./member_change_dialog";
import { ReplaceDialog } from "./replace_dialog";
import { TransferDialog } from "./transfer_dialog";

function close(): void {
  setUrlState({ dialog: undefined, member: undefined });
}

/** The dialog that the URL names; a link opens it, and never executes anything. */
export function ActionDialogs() {
  const { dialog, member } = useUrlState();
  switch (dialog) {
    case undefined:
      return null;
    case "add":
      return <AddLearnerDialog onClose={close} />;
    case "transfer":
      return <TransferDialog key={member} target={member} onClose={close} />;
    case "address":
      return member === undefined ? null : <AddressDialog key={member} id={member} onClose={close} />;
    case "replace":
      return member === undefined ? null : <ReplaceDialog key={member} target={member} onClose={close} />;
    default:
      if (member === undefined) return null;
      return <MemberChangeDialog key={`${dialog} ${member}`} kind={dialog} id={member} onClose={close} />;
  }
}
