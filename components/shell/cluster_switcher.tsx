"use client";

import { useState } from "react";
import { type ClusterSummary, pageActions } from "../../client/actions";
import { setUrlState } from "../../client/url_state";
import { Button } from "../ui/button";
import { Icon } from "../ui/glyphs";
import { Menu, MenuChoices } from "../ui/menu";
import { useClusterName } from "./cluster_context";

/** The cluster's name; opens the list of clusters this console knows. */
export function ClusterSwitcher() {
  const cluster = useClusterName();
  const [clusters, setClusters] = useState<readonly ClusterSummary[]>([]);
  const load = async () => {
    const answer = await pageActions().clusters();
    if (answer.ok) setClusters(answer.value);
  };
  const names = clusters.length > 0 ? clusters.map((summary) => summary.name) : [cluster];
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
        onChange={(name) => setUrlState({ cluster: name, member: undefined, dialog: undefined })}
        choices={names.map((name) => ({ value: name, label: name }))}
      />
    </Menu>
  );
}
