"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { pageActions } from "../../client/actions";
import { setUrlState } from "../../client/url_state";
import { useFreshness } from "../../client/use_store";
import type { ClusterSummary } from "../../protocol/api";
import { Button } from "../ui/button";
import { Icon, StateGlyph, stateText } from "../ui/glyphs";
import { Menu, MenuChoices, MenuItem, MenuLine } from "../ui/menu";
import { useClusterName } from "./cluster_context";

/** The cluster's name; opens the list of clusters this console knows. */
export function ClusterSwitcher() {
  const router = useRouter();
  const cluster = useClusterName();
  const [clusters, setClusters] = useState<readonly ClusterSummary[]>([]);
  const load = async () => {
    const answer = await pageActions().clusters();
    if (answer.ok) setClusters(answer.value);
  };
  const live = useFreshness(cluster).browser === "live";
  const choices = clusters.map(({ name, state: told, sentence }) => {
    const state = live ? told : "unknown";
    return {
      value: name,
      label: name,
      title: live ? sentence : `Last known: ${sentence}`,
      glyph: <StateGlyph state={state} size={10} className={`shrink-0 ${stateText[state]}`} />,
    };
  });
  return (
    <Menu
      align="start"
      trigger={
        <Button
          look="quiet"
          aria-label={`Cluster ${cluster}, switch`}
          className="min-w-0 shrink text-ink"
          onPointerDown={load}
          onKeyDown={load}
        >
          <span className="truncate font-mono">{cluster}</span>
          <Icon name="down" size={10} />
        </Button>
      }
    >
      <MenuChoices
        label="Cluster"
        value={cluster}
        // An index, a member and who changed something mean nothing in another cluster.
        onChange={(name) =>
          setUrlState({ cluster: name, member: undefined, dialog: undefined, at: undefined, actor: "" })
        }
        choices={choices.length > 0 ? choices : [{ value: cluster, label: cluster }]}
      />
      {clusters.length > 1 && (
        <>
          <MenuLine />
          <MenuItem onSelect={() => router.push("/")}>All clusters</MenuItem>
        </>
      )}
    </Menu>
  );
}
