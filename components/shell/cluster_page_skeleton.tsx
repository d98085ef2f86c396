import { RowSkeletons } from "../membership/row_skeletons";
import { StateBandSkeleton } from "../membership/state_band";
import { Panel } from "../ui/panel";
import { Wordmark } from "./wordmark";

/** The page before its script runs, in its final geometry. */
export function ClusterPageSkeleton() {
  return (
    <>
      <header className="flex h-12 items-center border-line border-b bg-surface px-6 max-wide:px-3">
        <Wordmark />
      </header>
      <StateBandSkeleton />
      <main
        aria-busy="true"
        className="mx-auto grid max-w-[1760px] gap-4 px-6 py-4 max-wide:px-2 rail:grid-cols-[minmax(0,1fr)_336px]"
      >
        <div className="flex min-w-0 flex-col gap-4">
          <Panel id="voters" title="Voters">
            <RowSkeletons rows={3} />
          </Panel>
          <Panel id="learners" title="Learners">
            <RowSkeletons rows={1} />
          </Panel>
        </div>
        <Panel id="timeline" title="Timeline" className="min-h-40 max-wide:hidden">
          {null}
        </Panel>
      </main>
    </>
  );
}
