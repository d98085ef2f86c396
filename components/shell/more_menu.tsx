"use client";

import { clusterStore } from "../../client/store";
import { Button } from "../ui/button";
import { Icon } from "../ui/glyphs";
import { Menu, MenuItem, MenuLine } from "../ui/menu";
import { signOut, useAccount } from "./account";
import { useClusterName, usePageTables } from "./cluster_context";
import { openHelp } from "./help";
import type { ClusterPageName } from "./page_nav";
import { ThemeChoices } from "./theme_menu";

/** On a phone: what stands in the header of a wider page. */
export function MoreMenu({ page }: { page: ClusterPageName }) {
  const cluster = useClusterName();
  const { paused } = usePageTables();
  const account = useAccount();
  const pause = () => {
    if (paused === null) clusterStore(cluster).pause();
    else clusterStore(cluster).resume();
  };
  return (
    <Menu
      trigger={
        <Button look="quiet" aria-label="More" square className="wide:hidden">
          <Icon name="more" />
        </Button>
      }
    >
      {page === "members" && <MenuItem onSelect={pause}>{paused === null ? "Pause" : "Resume"}</MenuItem>}
      <MenuItem onSelect={openHelp}>Help</MenuItem>
      <MenuLine />
      <ThemeChoices />
      {account !== undefined && (
        <>
          <MenuLine />
          <MenuItem onSelect={signOut}>Sign out {account.actor}</MenuItem>
        </>
      )}
    </Menu>
  );
}
