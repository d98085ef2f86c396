import type { Measured } from "./wire";

/** One way to do it, measured again and again. */
export interface Side {
  readonly name: string;
  readonly measure: () => Promise<Measured>;
}

/** A question that a comparison of two sides answers: the ratio of `figure`, second to first. */
export interface Question {
  readonly title: string;
  readonly figure: "perSecond" | "p50Ms" | "maxMs" | "cpuMsPerRequest";
  readonly sides: readonly [Side, Side];
}

/** A question's answer. `ratio` is the median over rounds, `low` and `high` its extremes: what lies between them is noise. */
export interface Comparison {
  readonly title: string;
  readonly figure: Question["figure"];
  readonly names: readonly [string, string];
  readonly medians: readonly [Measured, Measured];
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

/** Measures both sides in turn, so that whatever else the machine does hits both; a first round only warms up. */
export async function compare(question: Question, rounds: number): Promise<Comparison> {
  const [first, second] = question.sides;
  const series: [Measured, Measured][] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const swapped = round % 2 === 1;
    const one = await (swapped ? second : first).measure();
    const other = await (swapped ? first : second).measure();
    if (round > 0) series.push(swapped ? [other, one] : [one, other]);
  }
  const ratios = series.map(([a, b]) => b[question.figure] / a[question.figure]);
  return {
    title: question.title,
    figure: question.figure,
    names: [first.name, second.name],
    medians: [middle(series.map(([a]) => a)), middle(series.map(([, b]) => b))],
    ratio: median(ratios),
    low: Math.min(...ratios),
    high: Math.max(...ratios),
  };
}

/** The median of some numbers; NaN of none. */
function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}

function middle(all: readonly Measured[]): Measured {
  const of = (figure: keyof Measured) => median(all.map((one) => one[figure]));
  return {
    perSecond: of("perSecond"),
    p50Ms: of("p50Ms"),
    p99Ms: of("p99Ms"),
    maxMs: of("maxMs"),
    cpuMsPerRequest: of("cpuMsPerRequest"),
    failed: all.reduce((sum, one) => sum + one.failed, 0),
  };
}

/** A comparison as lines of text. */
export function describeComparison(comparison: Comparison): string {
  const { title, figure, names, medians, ratio, low, high } = comparison;
  const width = Math.max(...names.map((name) => name.length));
  const side = (name: string, one: Measured) =>
    `  ${name.padEnd(width)}  ${one.perSecond.toFixed(0).padStart(7)}/s  p50 ${one.p50Ms.toFixed(2)} ms  p99 ${one.p99Ms.toFixed(2)} ms` +
    `  max ${one.maxMs.toFixed(1)} ms  cpu ${(1000 * one.cpuMsPerRequest).toFixed(0)} us${one.failed > 0 ? `  ${one.failed} FAILED` : ""}`;
  return [
    title,
    side(names[0], medians[0]),
    side(names[1], medians[1]),
    `  ratio of ${figure}: ${ratio.toFixed(2)} (rounds: ${low.toFixed(2)} to ${high.toFixed(2)})`,
    "",
  ].join("\n");
}
