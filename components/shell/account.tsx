"use client";

import { useStore } from "zustand/react";
import { accessStore } from "../../client/access";
import { useCluster } from "../../client/use_store";
import { VIEWER_ROLE } from "../../protocol/access";
import { NoteBadge } from "../ui/badge";
import { Button } from "../ui/button";
import { Icon } from "../ui/glyphs";
import { Menu, MenuItem } from "../ui/menu";
import { useClusterName } from "./cluster_context";

/** Why this caller may change nothing here at all; undefined: it may. */
export function useForbidden(): string | undefined {
  const mayAct = useCluster(useClusterName(), (session) => session.hello?.mayAct);
  return mayAct === undefined || mayAct.ok ? undefined : mayAct.reason;
}

/** Says where nothing can be changed: by this operator, or at this console. */
export function ActingMark() {
  const mayAct = useCluster(useClusterName(), (session) => session.hello?.mayAct);
  if (mayAct === undefined || mayAct.ok) return null;
  return <NoteBadge>{mayAct.reason === VIEWER_ROLE ? "Viewer" : "Read-only"}</NoteBadge>;
}

/** Whom changes are recorded for, where a session can be ended here. */
export function useAccount(): { readonly actor: string; readonly role: string } | undefined {
  const access = useStore(accessStore(), (state) => state.access);
  if (access?.signedIn !== true || access.actor === null || access.role === null) return undefined;
  return { actor: access.actor, role: access.role };
}

/** Ends the session; the page then asks for a token again. */
export function signOut(): void {
  void accessStore().signOut();
}

/** Who is signed in, and the way out. */
export function AccountMenu() {
  const account = useAccount();
  if (account === undefined) return null;
  const { actor, role } = account;
  return (
    <Menu
      trigger={
        <Button look="quiet" aria-label={`Signed in as ${actor}, ${role}`}>
          <span className="max-w-32 truncate">{actor}</span>
          <Icon name="down" size={10} />
        </Button>
      }
    >
      <MenuItem onSelect={signOut}>Sign out</MenuItem>
    </Menu>
  );
}
