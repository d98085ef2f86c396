"use client";

import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { overviewOf } from "../../protocol/overview";
import { formatClock, formatDuration, formatUtc } from "../../protocol/words";
import { AccountMenu } from "../shell/account";
import { clusterHref } from "../shell/cluster_href";
import { useWindowState } from "../shell/document_state";
import { ThemeMenu } from "../shell/theme_menu";
import { useSpaced } from "../shell/use_spaced";
import { Wordmark } from "../shell/wordmark";
import { Button } from "../ui/button";
import { ColumnHead } from "../ui/column_head";
import { StateGlyph, stateText } from "../ui/glyphs";
import { Notice } from "../ui/notice";
import { Panel } from "../ui/panel";
import { Skeleton } from "../ui/skeleton";
import { ClusterRow, overviewGrid } from "./cluster_row";
import { type ClusterListing, useClusters } from "./use_clusters";

const heads = ["Cluster", "State", "Leader", "Members", "Newest fact", "Kind"] as const;

function Table({ listing }: { listing: ClusterListing }) {
  const { clusters, stale, now, receivedAt } = listing;
  return (
    <table aria-label="Clusters" className="block w-full">
      <thead className="block max-wide:sr-only">
        <tr className={`${overviewGrid} min-h-7 border-line border-t`}>
          {heads.map((head, at) => (
            <ColumnHead key={head} className={at < 4 ? "text-left" : "text-right"}>
              {head}
            </ColumnHead>
          ))}
        </tr>
      </thead>
      <tbody className="block">
        {clusters.map((cluster) => (
          <ClusterRow
            key={cluster.name}
            cluster={cluster}
            stale={stale}
            elapsedMs={Math.max(0, now - receivedAt)}
          />
        ))}
      </tbody>
    </table>
  );
}

/** Every cluster known, in the order the console was given them. */
function Known({ listing, onRetry }: { listing: ClusterListing; onRetry: () => void }) {
  const { clusters, stale, now, receivedAt } = listing;
  const overview = overviewOf(
    stale ? clusters.map(() => "unknown" as const) : clusters.map(({ state }) => state),
  );
  const sentence = stale ? "Not known now." : overview.sentence;
  const said = useSpaced(clusters.length > 0 ? sentence : "");
  useWindowState(stale ? "○ Rollcall - no data" : overview.title, overview.state);
  return (
    <>
      <div role="status" className="sr-only">
        {said}
      </div>
      {stale && (
        <div className="mb-4 flex flex-col gap-2">
          <Notice state="unknown">
            This console has not answered since{" "}
            <time dateTime={new Date(receivedAt).toISOString()} title={formatUtc(receivedAt)}>
              {formatClock(receivedAt)}
            </time>
            , {formatDuration(now - receivedAt)} ago. What stands here is what was last known.
          </Notice>
          <Button size="small" className="self-start" onClick={onRetry}>
            Retry now
          </Button>
        </div>
      )}
      <Panel
        id="clusters"
        title="Clusters"
        aside={
          clusters.length > 0 && (
            <p className="flex items-center gap-2 text-secondary">
              <StateGlyph state={overview.state} className={stateText[overview.state]} />
              {sentence}
            </p>
          )
        }
      >
        {clusters.length === 0 ? (
          <p className="border-line border-t px-4 py-3 text-secondary">
            This console watches no cluster. List them in rollcall.config.json, or give --etcd or --d-engine,
            and start it again.
          </p>
        ) : (
          <Table listing={listing} />
        )}
      </Panel>
    </>
  );
}

/** Gives way to the only cluster there is. */
function useGiveWay(listing: ReturnType<typeof useClusters>): void {
  const router = useRouter();
  const only =
    listing.kind === "known" && listing.clusters.length === 1 ? listing.clusters[0]?.name : undefined;
  // External system: the address.
  useEffect(() => {
    if (only !== undefined) router.replace(clusterHref(only));
  }, [only, router]);
}

/** Every cluster this console knows, one row each. With only one the page gives way to it. */
export function OverviewPage() {
  const [attempt, setAttempt] = useState(0);
  const listing = useClusters(attempt);
  const retry = () => setAttempt(attempt + 1);
  useGiveWay(listing);
  return (
    <>
      <header className="flex h-12 items-center justify-between border-line border-b bg-surface px-6 max-wide:px-3">
        <Wordmark />
        <span className="flex items-center gap-1">
          <ThemeMenu />
          <AccountMenu />
        </span>
      </header>
      <main className="mx-auto max-w-6xl px-6 py-4 max-wide:px-2">
        <h1 className="sr-only">Rollcall, all clusters</h1>
        {listing.kind === "known" ? (
          <Known listing={listing} onRetry={retry} />
        ) : (
          <Panel id="clusters" title="Clusters">
            {listing.kind === "loading" ? (
              <div aria-busy="true" className="flex h-11 items-center border-line border-t px-4">
                <Skeleton className="h-3 w-72" />
              </div>
            ) : (
              <div className="flex min-h-11 items-center gap-4 border-line border-t px-4 text-secondary">
                {listing.detail}
                <Button size="small" onClick={retry}>
                  Retry now
                </Button>
              </div>
            )}
          </Panel>
        )}
      </main>
    </>
  );
}
