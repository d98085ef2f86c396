import type { Browser, CDPSession, Page } from "@playwright/test";

/** How the page's main thread fared while something went on. Times in ms. */
export interface TaskFigures {
  /** How long was looked. */
  readonly forMs: number;
  /** Tasks of 50 ms or more by the clock, as the page's own PerformanceObserver has them: on a busy machine mostly waiting. */
  readonly longTasks: readonly number[];
  /** Long animation frames, by the clock, and what of them kept input waiting; empty where the browser has no such entries. */
  readonly longFrames: readonly { readonly ms: number; readonly blockedMs: number }[];
  /** Time between two animation frames, by the clock. */
  readonly frames: {
    readonly count: number;
    readonly p50: number;
    readonly p95: number;
    readonly max: number;
  };
  /** Processor time of the main thread's tasks: what a machine with nothing else to do would need. */
  readonly processor: TaskTimes;
}

/** Processor time of tasks (ms). */
export interface TaskTimes {
  readonly tasks: number;
  readonly total: number;
  readonly p99: number;
  /** The longest ones, longest first. */
  readonly longest: readonly number[];
}

interface Seen {
  since: number;
  tasks: number[];
  frames: { ms: number; blockedMs: number }[];
  gaps: number[];
}

/** Begins to watch the page's main thread; call before it is opened. */
export async function watchTasks(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const seen: Seen = { since: 0, tasks: [], frames: [], gaps: [] };
    Object.assign(window, { seenTasks: seen });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.tasks.push(Math.round(entry.duration));
    }).observe({ type: "longtask", buffered: true });
    if (PerformanceObserver.supportedEntryTypes.includes("long-animation-frame")) {
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          const blocked = "blockingDuration" in entry ? Number(entry.blockingDuration) : 0;
          seen.frames.push({ ms: Math.round(entry.duration), blockedMs: Math.round(blocked) });
        }
      }).observe({ type: "long-animation-frame", buffered: true });
    }
    let last = performance.now();
    const frame = (now: number) => {
      seen.gaps.push(now - last);
      last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
}

type Clocked = Omit<TaskFigures, "processor">;

/** What the page saw since the last call, or since it was opened. */
async function takeClocked(page: Page): Promise<Clocked> {
  return page.evaluate(() => {
    const { seenTasks: seen } = window as unknown as { seenTasks: Seen };
    const gaps = seen.gaps.splice(0).sort((a, b) => a - b);
    const rank = (share: number) => Math.round(gaps[Math.floor(share * (gaps.length - 1))] ?? 0);
    const now = performance.now();
    const forMs = Math.round(now - seen.since);
    seen.since = now;
    return {
      forMs,
      longTasks: seen.tasks.splice(0).sort((a, b) => b - a),
      longFrames: seen.frames.splice(0),
      frames: { count: gaps.length, p50: rank(0.5), p95: rank(0.95), max: rank(1) },
    };
  });
}

/** An event of Chromium's trace, as far as it is read here. Times in microseconds. */
interface TraceEvent {
  readonly ph: string;
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** Does something, and tells how the page's main thread fared meanwhile: by the browser's own trace, and by what the page saw. */
export async function measureTasks(
  browser: Browser,
  page: Page,
  work: () => Promise<void>,
): Promise<TaskFigures> {
  const session = await browser.newBrowserCDPSession();
  try {
    const events: TraceEvent[] = [];
    session.on("Tracing.dataCollected", ({ value }) => events.push(...(value as unknown as TraceEvent[])));
    await session.send("Tracing.start", {
      traceConfig: { includedCategories: ["toplevel"], excludedCategories: ["*"] },
    });
    await work();
    await ended(session);
    return { ...(await takeClocked(page)), processor: mainThread(events) };
  } finally {
    await session.detach();
  }
}

async function ended(session: CDPSession): Promise<void> {
  const complete = new Promise<void>((done) => session.once("Tracing.tracingComplete", () => done()));
  await session.send("Tracing.end");
  await complete;
}

/** The tasks of the busiest main thread of all renderers: with one page open that is the page's. */
function mainThread(events: readonly TraceEvent[]): TaskTimes {
  const thread = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const mains = new Map<string, number[]>();
  for (const event of events) {
    if (event.ph === "M" && event.name === "thread_name" && event.args?.name === "CrRendererMain")
      mains.set(thread(event), []);
  }
  for (const event of events) {
    if (event.ph === "X" && event.name.endsWith("RunTask")) {
      mains.get(thread(event))?.push((event.tdur ?? 0) / 1000);
    }
  }
  const total = (times: readonly number[]) => times.reduce((sum, one) => sum + one, 0);
  const [busiest = []] = [...mains.values()].sort((a, b) => total(b) - total(a));
  const longest = busiest.sort((a, b) => b - a);
  const rounded = (ms: number) => Math.round(10 * ms) / 10;
  return {
    tasks: longest.length,
    total: Math.round(total(longest)),
    p99: rounded(longest[Math.floor(longest.length / 100)] ?? 0),
    longest: longest.slice(0, 5).map(rounded),
  };
}

/** Figures in one line. */
export function describeTasks(name: string, figures: TaskFigures): string {
  const { processor, longTasks, longFrames, frames, forMs } = figures;
  const blocked = Math.max(0, ...longFrames.map(({ blockedMs }) => blockedMs));
  return [
    `${name.padEnd(12)} ${(forMs / 1000).toFixed(1)} s`,
    `${processor.tasks} tasks, processor ms: longest ${processor.longest.join(" ") || "-"}, p99 ${processor.p99}, total ${processor.total}`,
    `by the clock: ${longTasks.length} of 50 ms or more, longest ${longTasks[0] ?? "-"}, input blocked at most ${blocked}`,
    `frames ${frames.count}, p50 ${frames.p50} p95 ${frames.p95} max ${frames.max} ms`,
  ].join(" | ");
}
