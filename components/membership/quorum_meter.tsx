import type { Meter, MeterSlot } from "../../protocol/state";
import { Term } from "../ui/term";

const slot = 16;
const pitch = 20;
const barWidth = 240;
/** Above this many voters single slots would be too many to count: one bar instead. */
const slotsMax = 15;

function Slot({ kind, x, width = slot }: { kind: MeterSlot; x: number; width?: number }) {
  const frame = { x: x + 0.75, y: 4.75, width: width - 1.5, height: slot - 1.5, rx: 2, strokeWidth: 1.5 };
  if (kind === "healthy") return <rect {...frame} fill="currentColor" stroke="currentColor" />;
  if (kind === "unknown") return <rect {...frame} stroke="currentColor" strokeDasharray="2.6 2.2" />;
  return (
    <>
      <rect {...frame} stroke="currentColor" />
      <path d={`M${x + 2} ${slot + 2}L${x + width - 2} 6`} stroke="currentColor" strokeWidth={1.5} />
    </>
  );
}

function Slots({ meter }: { meter: Meter }) {
  return meter.slots.map((kind, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a gauge: a slot is its position
    <Slot key={index} kind={kind} x={index * pitch} />
  ));
}

/** One rectangle a kind, in proportion. */
function Bar({ meter }: { meter: Meter }) {
  const scale = barWidth / meter.slots.length;
  const kinds: MeterSlot[] = ["healthy", "unknown", "down"];
  return kinds.map((kind) => {
    const first = meter.slots.indexOf(kind);
    const count = meter.slots.filter((other) => other === kind).length;
    return count > 0 && <Slot key={kind} kind={kind} x={first * scale} width={count * scale} />;
  });
}

function meterLabel(meter: Meter, joint: boolean): string {
  const healthy = meter.slots.filter((kind) => kind === "healthy").length;
  const unknown = meter.slots.filter((kind) => kind === "unknown").length;
  const half = joint ? `${meter.half}: ` : "";
  return `${half}${healthy} of ${meter.slots.length} voters healthy${unknown > 0 ? `, ${unknown} unknown` : ""}, quorum ${meter.quorum}`;
}

/** One gauge: a slot a voter, packed healthy, unknown, down, and an ink tick after the quorum. */
function Gauge({ meter, joint }: { meter: Meter; joint: boolean }) {
  const few = meter.slots.length <= slotsMax;
  const tick = few ? meter.quorum * pitch - 2 : (meter.quorum * barWidth) / meter.slots.length;
  return (
    <svg
      role="img"
      aria-label={meterLabel(meter, joint)}
      width={few ? Math.max(meter.slots.length, 1) * pitch : barWidth + 2}
      height="24"
      fill="none"
      className="shrink-0 text-[var(--meter-slot,var(--voter))]"
    >
      {few ? <Slots meter={meter} /> : <Bar meter={meter} />}
      {meter.slots.length > 0 && (
        <path d={`M${tick} 0v24`} className="stroke-[var(--meter-tick,var(--ink))]" strokeWidth={2} />
      )}
    </svg>
  );
}

/** How many voters are healthy against the quorum; two gauges while joint. Learners never appear. */
export function QuorumMeter({ meters }: { meters: readonly Meter[] }) {
  const joint = meters.length > 1;
  const bars = meters.some((meter) => meter.slots.length > slotsMax);
  return (
    <ul className={`flex ${joint && !bars ? "flex-wrap gap-x-4" : "flex-col"}`}>
      {meters.map((meter) => (
        <li key={meter.half} className="flex items-center gap-2">
          {joint && <span className="text-small">{meter.half}</span>}
          <Gauge meter={meter} joint={joint} />
          <span className="whitespace-nowrap text-small">
            <Term of="quorum">quorum {meter.quorum}</Term>
          </span>
        </li>
      ))}
    </ul>
  );
}
