"use client";

import Link from "next/link";
import { CopyButton } from "../ui/copy_button";
import { AccountMenu, ActingMark } from "./account";
import { usePageBand } from "./cluster_context";
import { ClusterSwitcher } from "./cluster_switcher";
import { FreshnessMark } from "./freshness_mark";
import { Help, HelpButton } from "./help";
import { MoreMenu } from "./more_menu";
import { type ClusterPageName, PageNav } from "./page_nav";
import { PauseButton } from "./pause_button";
import { ThemeMenu } from "./theme_menu";
import { Wordmark } from "./wordmark";

/** The top line: which cluster, how fresh, and what concerns the whole page. */
export function Header({ page = "members" }: { page?: ClusterPageName }) {
  const { summary } = usePageBand();
  return (
    <header className="sticky top-0 z-20 flex h-12 items-center gap-2 border-line border-b bg-surface px-6 max-wide:px-3">
      <Link href="/" aria-label="Rollcall, all clusters" className="rounded-control text-ink max-wide:hidden">
        <Wordmark />
      </Link>
      <span aria-hidden="true" className="px-1 text-line max-wide:hidden">
        /
      </span>
      <ClusterSwitcher />
      <PageNav page={page} className={page === "members" ? "max-wide:hidden" : ""} />
      <div className="ml-auto flex items-center gap-1">
        <ActingMark />
        <FreshnessMark />
        <div className="flex items-center gap-1 max-wide:hidden">
          <CopyButton look="quiet" text={summary} label="Copy summary" />
          {page === "members" && <PauseButton />}
          <HelpButton />
        </div>
        <ThemeMenu className="max-wide:hidden" />
        <span className="max-wide:hidden">
          <AccountMenu />
        </span>
        <MoreMenu page={page} />
      </div>
      <Help page={page} />
    </header>
  );
}
