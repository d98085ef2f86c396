"use client";

import { useEffect } from "react";
import { basePath } from "../../client/base_path";
import type { ClusterState } from "../../protocol/state";
import { usePageBand } from "./cluster_context";

/** Carries a state in the window's title and icon. */
export function useWindowState(title: string, state: ClusterState): void {
  // External system: the browser's window. The framework puts the page's fixed title there whenever its part of the head arrives,
  // which on a busy machine is after this.
  useEffect(() => {
    const put = () => {
      if (document.title !== title) document.title = title;
    };
    put();
    const watch = new MutationObserver(put);
    watch.observe(document.head, { childList: true, subtree: true, characterData: true });
    return () => watch.disconnect();
  }, [title]);
  useEffect(() => {
    const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
    if (icon === null) return;
    icon.href = `${basePath}/state-${state}.svg`;
    return () => {
      icon.href = `${basePath}/icon.svg`;
    };
  }, [state]);
}

/** Carries the cluster's state in the window's title and icon. */
export function DocumentState() {
  const { title, description } = usePageBand();
  useWindowState(title, description.state);
  return null;
}
