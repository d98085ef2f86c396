"use client";

import { useState } from "react";
import { TypeName } from "../actions/type_name";
import { Button } from "../ui/button";

/** A step that deserves it waits for the name of the member it takes out. */
export function ConfirmStep(props: {
  name: string;
  off: boolean;
  blocked: string | undefined;
  onConfirm: (typedName: string) => void;
}) {
  const { name, off, blocked, onConfirm } = props;
  const [typed, setTyped] = useState("");
  return (
    <form
      className="flex basis-full flex-wrap items-end gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (typed === name && !off && blocked === undefined) onConfirm(typed);
      }}
    >
      <TypeName name={name} verb="remove" value={typed} onChange={setTyped} />
      <Button type="submit" look="danger" off={off || typed !== name} blocked={blocked}>
        Let it go on
      </Button>
    </form>
  );
}
