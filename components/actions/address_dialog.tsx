"use client";

import { useState } from "react";
import { pageActions } from "../../client/actions";
import { useActingBlocked, useCluster, useNames } from "../../client/use_store";
import { commandFor } from "../../protocol/command_line";
import { etagOf, type MemberId } from "../../protocol/membership";
import { doingWords } from "../../protocol/words";
import { focusMember } from "../membership/focus";
import { incapable } from "../membership/row_actions";
import { useClusterName } from "../shell/cluster_context";
import { Field } from "../ui/field";
import { Notice } from "../ui/notice";
import { ChangeModal } from "./change_modal";
import { fieldFault, splitUrls } from "./learner_form";
import { useChange } from "./use_change";
import { useCommandTarget } from "./use_command_target";

/** The URLs before and after, one a line. */
function BeforeAndAfter({ before, after }: { before: readonly string[]; after: readonly string[] }) {
  const list = (urls: readonly string[]) => (
    <td className="py-1 pr-4 align-top font-mono">
      {urls.length === 0
        ? "-"
        : urls.map((url) => (
            <span key={url} className="block break-all">
              {url}
            </span>
          ))}
    </td>
  );
  return (
    <table className="w-full table-fixed">
      <thead>
        <tr className="text-left text-head text-muted">
          <th scope="col" className="font-medium">
            now
          </th>
          <th scope="col" className="font-medium">
            after
          </th>
        </tr>
      </thead>
      <tbody>
        <tr className="border-line border-t">
          {list(before)}
          {list(after)}
        </tr>
      </tbody>
    </table>
  );
}

/** Gives a member other URLs for its peers to dial. Votes do not change; reachability does. */
export function AddressDialog({ id, onClose }: { id: MemberId; onClose: () => void }) {
  const cluster = useClusterName();
  const name = useNames(cluster)(id);
  const nameOf = useNames(cluster);
  const known = useCluster(cluster, (session) =>
    session.status?.value.members.find((member) => member.id === id),
  );
  const capability = useCluster(cluster, (session) => session.hello?.capabilities.updateAddress);
  const acting = useActingBlocked(cluster);
  const target = useCommandTarget();
  const before = splitUrls(known?.address ?? "");
  const [edited, setEdited] = useState<string>();
  const text = edited ?? before.join(", ");
  const peerUrls = splitUrls(text);
  const change = { kind: "update-address" as const, id, peerUrls };
  const run = useChange({ action: "address", member: id, doing: doingWords(change, nameOf) });
  const reviewing = run.stage.kind === "review";
  const wrong = edited === undefined ? undefined : fieldFault("peerUrls", text);
  const refused = run.problem?.field?.startsWith("peerUrls") === true ? run.problem.detail : undefined;
  const same = [...peerUrls].sort().join() === [...before].sort().join();
  const commit = async () => {
    const answer = await run.run((context) => pageActions().updateAddress(context, id, peerUrls));
    if (answer !== undefined) onClose();
  };
  return (
    <ChangeModal
      title={`Update the peer URLs of ${name}`}
      lead="Peers dial it there; voters, quorum and tolerance stay."
      change={run}
      problemShown={refused === undefined}
      before={
        <Field
          label="Peer URLs"
          value={text}
          disabled={!reviewing}
          error={
            refused ??
            (wrong === undefined ? undefined : `${wrong.charAt(0).toUpperCase()}${wrong.slice(1)}.`)
          }
          hint="Several with commas between."
          onChange={(event) => setEdited(event.target.value)}
        />
      }
      figures={<BeforeAndAfter before={before} after={wrong === undefined ? peerUrls : []} />}
      after={
        <Notice state="at-limit">
          Nothing checks that {name} can be reached there: with wrong URLs the others lose it as if it were
          down. Let {name} listen there first.
        </Notice>
      }
      command={
        run.fence === undefined || wrong !== undefined || same
          ? undefined
          : commandFor(change, etagOf(run.fence), nameOf, target)
      }
      primary={`Update ${name}`}
      danger={false}
      blocked={reviewing ? (incapable(capability) ?? acting) : null}
      incomplete={wrong !== undefined || same || peerUrls.length === 0}
      onPrimary={() => void commit()}
      onClose={onClose}
      onClosed={() => focusMember(id)}
    />
  );
}
