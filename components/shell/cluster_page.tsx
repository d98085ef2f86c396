"use client";

import { useClusterConnection, useUrlState } from "../../client/use_store";
import { ActionDialogs } from "../actions/action_dialogs";
import { OutcomeStrip } from "../actions/outcome_strip";
import { ViewAgreement } from "../agreement/view_agreement";
import { ThisMachine } from "../machine/this_machine";
import { ClusterNotices } from "../membership/cluster_notices";
import { Learners } from "../membership/learners";
import { MemberDetails } from "../membership/member_details";
import { StateBand } from "../membership/state_band";
import { Voters } from "../membership/voters";
import { PlanStrip } from "../plans/plan_strip";
import { Timeline, TimelineList } from "../timeline/timeline";
import { Panel } from "../ui/panel";
import { useHydrated } from "../ui/use_hydrated";
import { Announcer } from "./announcer";
import { Banners } from "./banners";
import { BottomBar } from "./bottom_bar";
import { ClusterProvider } from "./cluster_context";
import { ClusterPageSkeleton } from "./cluster_page_skeleton";
import { DocumentState } from "./document_state";
import { FirstSteps } from "./first_steps";
import { Header } from "./header";
import { KnownCluster } from "./known_cluster";
import { NoCluster } from "./no_cluster";
import { PausedBar } from "./pause_button";

/** The live page of the cluster that the URL names. */
export function ClusterPage() {
  const { cluster } = useUrlState();
  const hydrated = useHydrated();
  if (!hydrated) return <ClusterPageSkeleton />;
  if (cluster === undefined) return <NoCluster />;
  return (
    <ClusterProvider value={cluster} key={cluster}>
      <KnownCluster>
        <LivePage cluster={cluster} />
      </KnownCluster>
    </ClusterProvider>
  );
}

function LivePage({ cluster }: { cluster: string }) {
  useClusterConnection(cluster);
  return (
    <div className="flex min-h-dvh flex-col">
      <Header />
      <StateBand />
      <Banners />
      <PausedBar />
      <ClusterNotices />
      <OutcomeStrip />
      <PlanStrip />
      <main
        tabIndex={-1}
        className="mx-auto grid w-full max-w-[1760px] flex-1 gap-4 px-6 py-4 max-wide:px-2 max-wide:pb-20 rail:grid-cols-[minmax(0,1fr)_336px]"
      >
        <div className="flex min-w-0 flex-col gap-4">
          <Voters />
          <Learners />
          <Panel id="latest" title="Latest" className="wide:hidden">
            <TimelineList limit={3} />
          </Panel>
          <ThisMachine />
          <ViewAgreement />
        </div>
        <div className="flex min-w-0 flex-col gap-4 rail:sticky rail:top-44 rail:h-0 rail:min-h-[min(100%,calc(100dvh-192px))]">
          <Timeline className="max-h-96 min-h-40 flex-1 rail:max-h-none max-wide:hidden" />
          <FirstSteps />
        </div>
      </main>
      <BottomBar />
      <MemberDetails />
      <ActionDialogs />
      <Announcer />
      <DocumentState />
    </div>
  );
}
