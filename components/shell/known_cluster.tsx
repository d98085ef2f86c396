"use client";

import { type ReactNode, useEffect, useState } from "react";
import { pageActions } from "../../client/actions";
import { useCluster } from "../../client/use_store";
import { useClusterName } from "./cluster_context";
import { PlainPage } from "./plain_page";

/**
 * Whether this console answers and has no cluster of that name. To the browser such a stream fails like any other, so after an
 * attempt that failed before anything was ever heard the console is asked for its clusters.
 */
function useUnknownCluster(cluster: string): boolean {
  const failedAt = useCluster(cluster, ({ hello, session }) =>
    hello === undefined && session.kind === "disconnected" ? session.retryAt : null,
  );
  const [unknown, setUnknown] = useState(false);
  // External system: the console's API.
  useEffect(() => {
    if (failedAt === null) return;
    let wanted = true;
    void pageActions()
      .clusters()
      .then((answer) => {
        if (wanted && answer.ok) setUnknown(answer.value.every(({ name }) => name !== cluster));
      });
    return () => {
      wanted = false;
    };
  }, [cluster, failedAt]);
  return unknown;
}

/** The page of the cluster, unless this console says that it has none of that name. */
export function KnownCluster({ children }: { children: ReactNode }) {
  const cluster = useClusterName();
  if (!useUnknownCluster(cluster)) return children;
  return <PlainPage title={`No cluster ${cluster}`}>This console has no cluster of that name.</PlainPage>;
}
