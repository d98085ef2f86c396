import type { Measured } from "./wire";

/** Keeps `window` requests under way until `count` are answered; `ask` answers whether it succeeded. */
export async function measure(count: number, window: number, ask: () => Promise<boolean>): Promise<Measured> {
  const latencies: number[] = [];
  let begun = 0;
  let failed = 0;
  const one = async (): Promise<void> => {
    while (begun < count) {
      begun += 1;
      const at = performance.now();
      if (await ask()) latencies.push(performance.now() - at);
      else failed += 1;
    }
  };
  const cpu = process.cpuUsage();
  const at = performance.now();
  await Promise.all(Array.from({ length: window }, one));
  const ms = performance.now() - at;
  const { user, system } = process.cpuUsage(cpu);
  latencies.sort((a, b) => a - b);
  const rank = (share: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))] ?? 0;
  return {
    perSecond: (1000 * latencies.length) / ms,
    p50Ms: rank(0.5),
    p99Ms: rank(0.99),
    maxMs: rank(1),
    cpuMsPerRequest: (user + system) / 1000 / count,
    failed,
  };
}
