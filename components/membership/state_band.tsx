"use client";

import type { BandView } from "../../client/use_store";
import { formatDuration, formatUtc } from "../../protocol/words";
import { usePageBand } from "../shell/cluster_context";
import { StateGlyph, stateText } from "../ui/glyphs";
import { Skeleton } from "../ui/skeleton";
import { Term } from "../ui/term";
import { NextStepLine } from "./next_step_line";
import { QuorumMeter } from "./quorum_meter";

const bandClass =
  "flex min-h-28 items-center gap-x-8 gap-y-3 border-line border-b px-6 py-1.5 max-wide:py-3 max-wide:flex-col max-wide:items-stretch max-wide:px-4 wide:sticky wide:top-12 wide:z-10";
/** As wide as the rail below it; what is said of the leader must not move it. */
const factsClass = "flex shrink-0 flex-col wide:min-w-72 wide:max-w-120 rail:min-w-84";
/** On the filled band everything takes the band's own ink, the ring of the focus too. */
const lostClass =
  "bg-lost text-on-lost [--focus:currentColor] [--glyph-gap:var(--lost)] [--meter-slot:currentColor] [--meter-tick:currentColor]";

/** The band's place while nothing is known yet. */
export function StateBandSkeleton() {
  return (
    <section aria-label="State" aria-busy="true" className={`${bandClass} bg-surface`}>
      <div className="flex flex-1 flex-col gap-3">
        <Skeleton className="h-6 w-96 max-w-full" />
        <Skeleton className="h-4 w-64 max-w-full" />
      </div>
      <div className={`${factsClass} gap-2`}>
        <Skeleton className="h-5 w-40" />
        <Skeleton className="h-4 w-52" />
        <Skeleton className="h-4 w-44" />
      </div>
    </section>
  );
}

function Facts({ band }: { band: BandView }) {
  const { facts, freshness } = band;
  if (facts === undefined) return null;
  return (
    <ul className="flex flex-col max-wide:flex-row max-wide:flex-wrap max-wide:gap-x-4">
      <li>
        <Term of="term">{facts.leader}</Term>
      </li>
      <li>
        <Term of="tolerance">{facts.tolerance}</Term>
      </li>
      <li>
        <Term of="index">{facts.index}</Term>
        {!freshness.live && freshness.dataAgeMs !== null && `, ${formatDuration(freshness.dataAgeMs)} ago`}
      </li>
    </ul>
  );
}

/** First thing on the page: what state the cluster is in, what to do next, and the figures it rests on. */
export function StateBand() {
  const band = usePageBand();
  const { description, freshness, nextStep, lastKnown } = band;
  if (freshness.word === "Connecting" && description.assessment === undefined) return <StateBandSkeleton />;
  const lost = description.state === "lost";
  return (
    <section
      aria-label="State"
      data-state={description.state}
      className={`${bandClass} ${lost ? lostClass : "bg-surface"}`}
    >
      <div className="min-w-0 flex-1">
        <h1 className="flex items-start gap-3 text-state max-wide:text-state-phone">
          <StateGlyph
            state={description.state}
            size={18}
            className={`mt-1.5 shrink-0 max-wide:mt-1 ${lost ? "" : stateText[description.state]}`}
          />
          <span className={`max-wide:text-balance ${freshness.live ? "" : "text-muted"}`}>
            {description.sentence}
          </span>
        </h1>
        <div
          className="max-wide:mt-1 wide:pl-[30px]"
          title={band.sinceTime === undefined ? undefined : formatUtc(band.sinceTime)}
        >
          {(lastKnown ?? description.byDesign) && (
            <p className={freshness.live ? "" : "text-muted"}>{lastKnown ?? description.byDesign}</p>
          )}
          <NextStepLine nextStep={nextStep} lost={lost} />
        </div>
      </div>
      <div
        className={`${factsClass} ${freshness.live ? "" : "hatched text-muted [--meter-slot:currentColor] [--meter-tick:currentColor]"} ${lost ? "" : "text-secondary"}`}
      >
        {band.facts !== undefined && <QuorumMeter meters={description.meters} />}
        <Facts band={band} />
      </div>
    </section>
  );
}
