import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ClusterStatus, GuidedPlan } from "../../protocol/status";
import { etcdBinaries } from "../clusters/etcd/testing/etcd_binaries";
import { RealEtcd } from "../clusters/etcd/testing/real_etcd";
import { ownPort } from "../testing/ports";
import { type Run, until, Workplace } from "./testing/command";

const timeLimit = 180_000;
/** A plan that has not come so far in this time (ms) is stuck; what it waits for is then told. */
const PLAN_MS = 80_000;
let place: Workplace;
let etcd: RealEtcd;
let port: number;

beforeAll(Workplace.prepare, timeLimit);
beforeEach(async () => {
  place = new Workplace();
  port = await ownPort();
});
afterEach(async () => {
  await etcd.end();
  await place.cleanUp();
}, timeLimit);

const at = () => ["--console", `http://127.0.0.1:${port}`, "--cluster", "prod"];

async function serve(): Promise<Run> {
  const endpoints = `prod=${etcd.endpoints.join(",")}`;
  const words = ["serve", "--etcd", endpoints, "--port", String(port), "--data-dir", place.path("data")];
  const run = place.start([...words, "--json"]);
  await run.says('"event":"ready"');
  return run;
}

/** What the console says, once it answers: on a busy machine it may not within the time the command gives it. */
async function status(): Promise<ClusterStatus> {
  for (;;) {
    const { code, out } = await place.run(["members", "--json", ...at()]);
    if (code === 0) return JSON.parse(out).status;
  }
}

/** The only plan, once it is as wanted. */
async function plan(wanted: (plan: GuidedPlan) => boolean): Promise<GuidedPlan> {
  let found: GuidedPlan | undefined;
  let seen: ClusterStatus | undefined;
  const deadline = performance.now() + PLAN_MS;
  await until(async () => {
    seen = await status();
    found = seen.plans[0];
    if (performance.now() > deadline) {
      throw new Error(`the plan stays as it is: ${JSON.stringify(seen)}\n${etcd.lastWords}`);
    }
    return found !== undefined && wanted(found);
  });
  if (found === undefined) throw new Error("there is no plan");
  return found;
}

/** Names and roles, by name. */
async function members(): Promise<string[]> {
  return (await status()).members.map(({ name, role }) => `${name} ${role}`).sort();
}

async function healthyVoters(count: number): Promise<void> {
  await until(async () => {
    const found = await status();
    const healthy = found.members.filter(
      ({ role, health }) => role === "voter" && health.state === "healthy",
    );
    return healthy.length === count && found.leadership.agree === count;
  });
}

for (const { label, path = "", missing } of etcdBinaries) {
  describe.skipIf(path === "")(
    `plans of the console, ${label}${path === "" ? ` (skipped: ${missing})` : ""}`,
    () => {
      beforeEach(async () => {
        etcd = new RealEtcd({ path });
        await etcd.up(3);
      }, timeLimit);

      test(
        "a dead member is replaced, although the console is killed twice",
        async () => {
          let console = await serve();
          await healthyVoters(3);
          await etcd.signal("n3", "SIGKILL");
          await until(async () => {
            const dead = (await status()).members.find(({ name }) => name === "n3");
            return dead?.health.state === "down";
          });
          const { peerUrl } = await etcd.freeUrls();
          const words = [
            "replace",
            "n3",
            "--peer-urls",
            peerUrl,
            "--name",
            "n4",
            "--request-id",
            "replace-n3",
          ];
          const made = await place.run([...words, ...at()]);
          expect(made).toMatchObject({ code: 0 });
          expect(made.out).toMatch(/^Plan made: Replacing n3 with n4\. The console carries it out;/);
          // At once: whatever it is in the middle of is known, or in doubt, afterwards.
          console.child.kill("SIGKILL");
          await console.ended;
          console = await serve();

          const waiting = await plan(({ startCommand }) => startCommand !== undefined);
          expect(waiting).toMatchObject({ id: "replace-n3", step: "starting", place: { step: 3, of: 4 } });
          expect(await members()).toEqual(["n1 voter", "n2 voter", "n4 learner"]);
          await until(async () => {
            const { out } = await place.run(["members", ...at()]);
            return out.includes("Replacing n3 with n4, by") && out.includes(`\n  ${waiting.startCommand}\n`);
          });

          console.child.kill("SIGKILL");
          await console.ended;
          await etcd.startByCommand("n4", waiting.startCommand ?? "");
          await serve();
          await plan(({ state }) => state === "done");
          await healthyVoters(3);
          expect(await members()).toEqual(["n1 voter", "n2 voter", "n4 voter"]);
        },
        timeLimit,
      );

      test(
        "a live leader is replaced by way of four voters; a repeat with the same request id is the same plan",
        async () => {
          let console = await serve();
          await healthyVoters(3);
          const seen = await status();
          const leader = seen.members.find(({ id }) => id === seen.leadership.id)?.name ?? "";
          const { peerUrl } = await etcd.freeUrls();
          const words = [
            "replace",
            leader,
            "--peer-urls",
            peerUrl,
            "--name",
            "n4",
            "--request-id",
            "replace-1",
          ];
          const made = await place.run([...words, ...at()]);
          expect(made.code).toBe(0);
          // Nobody sits at a terminal here, so nothing was typed.
          expect(made.err).toContain(`--confirm ${leader} types it beforehand`);
          expect(await place.run([...words, ...at()])).toMatchObject({ code: 0 });
          const waiting = await plan(({ startCommand }) => startCommand !== undefined);
          expect(waiting.place).toEqual({ step: 2, of: 4 });
          await etcd.startByCommand("n4", waiting.startCommand ?? "");
          console.child.kill("SIGKILL");
          await console.ended;
          console = await serve();
          await plan(({ state }) => state === "done");
          const rest = ["n1", "n2", "n3"].filter((name) => name !== leader).map((name) => `${name} voter`);
          expect(await members()).toEqual([...rest, "n4 voter"]);
          await healthyVoters(3);
        },
        timeLimit,
      );
    },
  );
}
