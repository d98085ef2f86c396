import { expect, it } from "vitest";
import { ask, openGateway } from "./testing/ask";
import { listen } from "./testing/listen";
import { MemoryCluster } from "./testing/memory_cluster";

/** Samples by name and labels. */
function samplesOf(text: string): Map<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

it("gives Prometheus the figures of every cluster and of the console itself", async () => {
  const cluster = new MemoryCluster();
  const gateway = await openGateway({ clusters: [cluster], version: "1.2.3" });
  cluster.publish(["1", "2", "3"], ["4"]);
  await listen(gateway);
  await ask(gateway, { path: "/api/nothing" });
  const answer = await ask(gateway, { path: "/metrics" });
  expect(answer.headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
  const samples = samplesOf(answer.text);
  const of = (name: string) => samples.get(name);
  expect(of('rollcall_members{cluster="local",role="voter"}')).toBe(3);
  expect(of('rollcall_members{cluster="local",role="learner"}')).toBe(1);
  expect(of('rollcall_committed_index{cluster="local"}')).toBe(2);
  expect(of('rollcall_quorum{cluster="local"}')).toBe(2);
  expect(of('rollcall_voters_healthy{cluster="local"}')).toBe(3);
  expect(of('rollcall_leader_known{cluster="local"}')).toBe(1);
  expect(of('rollcall_state{cluster="local",state="ok"}')).toBe(1);
  expect(of('rollcall_state{cluster="local",state="lost"}')).toBe(0);
  expect(of("rollcall_streams")).toBe(1);
  expect(of('rollcall_http_requests_total{method="GET",status="404"}')).toBe(1);
  expect(of('rollcall_build_info{version="1.2.3"}')).toBe(1);
  // Every family is announced once, with its type.
  const names = new Set([...samples.keys()].map((key) => key.split("{")[0] ?? ""));
  for (const name of names) expect(answer.text.split(`# TYPE ${name} `)).toHaveLength(2);
  await gateway.close();
});

it("leaves out what is not known, instead of calling it 0", async () => {
  const cluster = new MemoryCluster();
  cluster.tell({ factAgeMs: null });
  const gateway = await openGateway({ clusters: [cluster] });
  const samples = samplesOf((await ask(gateway, { path: "/metrics" })).text);
  expect([...samples.keys()].filter((key) => /healthy|leader_known|fact_age/.test(key))).toEqual([]);
  expect(samples.get('rollcall_state{cluster="local",state="unknown"}')).toBe(1);
  await gateway.close();
});
