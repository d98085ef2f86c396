"use client";

import { useClusterConnection, useUrlState } from "../../client/use_store";
import { Announcer } from "../shell/announcer";
import { Banners } from "../shell/banners";
import { ClusterProvider } from "../shell/cluster_context";
import { DocumentState } from "../shell/document_state";
import { Header } from "../shell/header";
import { KnownCluster } from "../shell/known_cluster";
import { NoCluster } from "../shell/no_cluster";
import { Wordmark } from "../shell/wordmark";
import { Panel } from "../ui/panel";
import { useHydrated } from "../ui/use_hydrated";
import { HistoryPanel } from "./history_panel";

const mainClass = "mx-auto max-w-[1200px] px-6 py-4 max-wide:px-2";

/** The durable history of the cluster that the URL names: who changed what, and what was refused. */
export function HistoryPage() {
  const { cluster } = useUrlState();
  const hydrated = useHydrated();
  if (!hydrated) {
    return (
      <>
        <header className="flex h-12 items-center border-line border-b bg-surface px-6 max-wide:px-3">
          <Wordmark />
        </header>
        <main aria-busy="true" className={mainClass}>
          <Panel id="history" title="History">
            {null}
          </Panel>
        </main>
      </>
    );
  }
  if (cluster === undefined) return <NoCluster />;
  return (
    <ClusterProvider value={cluster} key={cluster}>
      <KnownCluster>
        <ClusterHistory cluster={cluster} />
      </KnownCluster>
    </ClusterProvider>
  );
}

function ClusterHistory({ cluster }: { cluster: string }) {
  useClusterConnection(cluster);
  return (
    <>
      <Header page="history" />
      <Banners />
      <main tabIndex={-1} className={mainClass}>
        <h1 className="sr-only">History of {cluster}</h1>
        <HistoryPanel />
      </main>
      <Announcer />
      <DocumentState />
    </>
  );
}
